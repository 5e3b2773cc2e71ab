/** A button that copies, and says that it did. */
import { Check, Copy } from 'lucide'
import { useState } from 'preact/hooks'
import { words } from '../words/words.ts'
import { Icon } from './icon.tsx'

export function CopyText({ text }: { text: string }) {
  const [isDone, setDone] = useState(false)
  const { common } = words()
  const label = isDone ? common.copied : common.copy
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      onClick={async () => setDone(await copyText(text))}
    >
      <Icon of={isDone ? Check : Copy} size={16} />
    </button>
  )
}

/** Whether it was copied. Where a page may not by itself (plain http), the old way. */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    try {
      await navigator.clipboard.writeText(text)
      return true
    } catch {
      // Not allowed: the old way may be.
    }
  }
  const field = document.createElement('textarea')
  field.value = text
  const focused = document.activeElement
  // While a dialog is open nothing outside of it can be selected.
  const home = document.querySelector('dialog[open]') ?? document.body
  home.append(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return isCopied
}
