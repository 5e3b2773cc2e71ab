/** A button with words that copies a text. */
import { Check, Copy } from 'lucide'
import { useState } from 'preact/hooks'
import { words } from '../words/words.ts'
import { copyText } from './copy-text.tsx'
import { Icon } from './icon.tsx'

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
