/** What a signer gave back, against what it was asked for: nobody signs something else in the person's name. */
import type { EventTemplate, NostrEvent } from '../../event/event.ts'
import { checkWithNoble } from '../../event/noble.ts'
import { isRejection } from '../../event/rejection.ts'
import { parseEvent, verifyEvent } from '../../event/verify.ts'
import type { SignerTrouble } from './signer.ts'

/** @param pubkey whose signature is expected */
export function checkSigned(template: EventTemplate, signed: unknown, pubkey: string): NostrEvent | SignerTrouble {
  const event = parseEvent(signed)
  if (isRejection(event)) return { signerTrouble: 'changed', sentence: event.reason }
  if (event.pubkey !== pubkey) return { signerTrouble: 'wrong-key' }
  if (!sameFields(template, event)) return { signerTrouble: 'changed' }
  const verified = verifyEvent(event, checkSafely)
  return isRejection(verified) ? { signerTrouble: 'changed', sentence: verified.reason } : verified
}

function sameFields(asked: EventTemplate, event: NostrEvent): boolean {
  return (
    event.kind === asked.kind &&
    event.created_at === asked.created_at &&
    event.content === asked.content &&
    JSON.stringify(event.tags) === JSON.stringify(asked.tags)
  )
}

/** A signature that is no point of the curve makes the library throw. */
function checkSafely(sig: string, id: string, pubkey: string): boolean {
  try {
    return checkWithNoble(sig, id, pubkey)
  } catch {
    return false
  }
}
