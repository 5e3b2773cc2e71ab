/** Said once while this browser keeps nothing, or nothing more. */
import { signal } from '@preact/signals'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'

const isRead = signal(false)

export function StorageNote() {
  const why = useApp().notKept.value
  if (why === undefined || isRead.value) return null
  const { storage } = words().house
  return (
    <div class="trouble-bar row" role="status">
      <p>{storage[why]}</p>
      <button
        type="button"
        class="button"
        onClick={() => {
          isRead.value = true
        }}
      >
        {storage.close}
      </button>
    </div>
  )
}
