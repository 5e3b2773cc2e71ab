/** Asking a signer that is not ours: its errors become values, and every wait has an end. */
import type { SignerTrouble } from './signer.ts'

/** A person may have to look for the phone and unlock it. */
const SIGNER_TIMEOUT_MS = 90_000

const MAX_SENTENCE = 200
const SILENT = Symbol('silent')

/** What `ask` gives, or why not: nothing in time, or an error, which in a signer is nearly always a no. */
export async function attempt<T>(ask: () => Promise<T>, timeoutMs = SIGNER_TIMEOUT_MS): Promise<T | SignerTrouble> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = new Promise<typeof SILENT>(resolve => {
    timer = setTimeout(resolve, timeoutMs, SILENT)
  })
  try {
    const outcome = await Promise.race([ask(), end])
    return outcome === SILENT ? { signerTrouble: 'silent' } : outcome
  } catch (error) {
    // None of the places at which the signer could be reached took the question.
    if (error instanceof AggregateError) return { signerTrouble: 'silent' }
    const sentence = sentenceOf(error)
    return { signerTrouble: 'refused', ...(sentence !== '' && { sentence }) }
  } finally {
    clearTimeout(timer)
  }
}

/** The signer's words in one line; they come from another program and may be anything. */
function sentenceOf(error: unknown): string {
  const text = typeof error === 'string' ? error : error instanceof Error ? error.message : ''
  return text
    .slice(0, 1_000)
    .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
    .trim()
    .slice(0, MAX_SENTENCE)
}
