/** Copying a text, also where the page is not secure and the browser withholds its clipboard. */
import { Check, Copy } from 'lucide'
import { useState } from 'preact/hooks'
import { words } from '../words/words.ts'
import { Icon } from './icon.tsx'

/** Whether the text is on the clipboard now. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'visually-hidden'
  // Inside of an open dialog nothing outside of it can be selected.
  const home = document.querySelector('dialog[open]') ?? document.body
  const focused = document.activeElement
  home.append(area)
  area.select()
  try {
    return document.execCommand('copy')
  } catch {
    return false
  } finally {
    area.remove()
    if (focused instanceof HTMLElement) focused.focus()
  }
}

const SHOWN_MS = 2_500

export function CopyButton({ text, label }: { text: string; label?: string }) {
  const [isCopied, setCopied] = useState(false)
  const { common } = words()
  async function copy(): Promise<void> {
    if (!(await copyText(text))) return
    setCopied(true)
    setTimeout(() => setCopied(false), SHOWN_MS)
  }
  return (
    <button class="button" type="button" onClick={copy}>
      <Icon of={isCopied ? Check : Copy} size={18} />
      <span aria-live="polite">{isCopied ? common.copied : (label ?? common.copy)}</span>
    </button>
  )
}
