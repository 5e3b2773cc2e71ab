/** The keys of the keyboard (keys.ts) in the page, what they say, and the sheet that lists them. */
import { useEffect, useState } from 'preact/hooks'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { failureSentence } from './key/sentences.ts'
import { isHelpShown, KeyboardHelp } from './keyboard-help.tsx'
import { followKeys } from './keys.ts'
import '../style/house.css'
import { isFailed } from '../state/publish.ts'

const SAID_MS = 4_000

export function Keyboard() {
  const { bookmarks, composing, session, settings } = useApp()
  const [said, setSaid] = useState('')
  const isOn = settings.shortcuts.value
  useEffect(() => {
    if (said === '') return
    const timer = setTimeout(() => setSaid(''), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])
  useEffect(() => {
    if (!isOn) return
    return followKeys({
      write: () => {
        composing.value = { what: 'new' }
      },
      help: () => {
        isHelpShown.value = true
      },
      bookmark: id => void bookmark(id),
    })
  }, [isOn])

  async function bookmark(id: string): Promise<void> {
    const isKept = bookmarks.tags.value.some(([name, kept]) => name === 'e' && kept === id)
    const result = await (isKept ? bookmarks.remove(['e', id]) : bookmarks.add(['e', id]))
    const { keyboard } = words().house
    if (isFailed(result)) setSaid(failureSentence(result, session.clockAhead.value))
    else setSaid(isKept ? keyboard.unbookmarked : keyboard.bookmarked)
  }

  return (
    <>
      <p class={said === '' ? 'visually-hidden' : 'toast'} role="status">
        {said}
      </p>
      {isHelpShown.value && <KeyboardHelp />}
    </>
  )
}
