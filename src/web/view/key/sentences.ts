/** What a person reads when nothing was signed, or the node is not theirs for it. */
import type { SignerTrouble } from '../../key/signer.ts'
import { isSignerTrouble } from '../../key/signer.ts'
import { isTrouble, type Trouble } from '../../node/trouble.ts'
import { type ClaimTrouble, isClaimTrouble } from '../../state/claim.ts'
import { clockTime, durationOf, words } from '../../words/words.ts'
import { troubleSentence } from '../trouble-bar.tsx'

export function signerSentence({ signerTrouble, sentence }: SignerTrouble): string {
  const { signer } = words().key
  switch (signerTrouble) {
    case 'refused':
      return sentence === undefined ? signer.refused : signer.refusedBecause(sentence)
    case 'unable':
      return sentence === undefined ? signer.unable : signer.unableBecause(sentence)
    case 'wrong-key':
      return signer.wrongKey
    default:
      return signer[signerTrouble]
  }
}

/** Any way in which something that had to be signed came to nothing. @param clockAhead of this device, in seconds */
export function failureSentence(failure: ClaimTrouble | SignerTrouble | Trouble, clockAhead?: number): string {
  if (isSignerTrouble(failure)) return signerSentence(failure)
  if (isTrouble(failure)) return troubleSentence(failure)
  return isClaimTrouble(failure) ? claimSentence(failure, clockAhead) : ''
}

function claimSentence({ claimTrouble, nodeSeconds }: ClaimTrouble, clockAhead = 0): string {
  const { claim, signIn } = words().key
  const nowMs = Date.now()
  const nodeMs = nodeSeconds === undefined ? nowMs - clockAhead * 1000 : nodeSeconds * 1000
  switch (claimTrouble) {
    case 'not-binding':
      return claim.notBinding
    case 'clock':
      return claim.clockAhead(durationOf(Math.abs(nowMs - nodeMs) / 1000), clockTime(nowMs), clockTime(nodeMs))
    case 'spent':
      return claim.spent
    case 'owned':
      return claim.owned
    case 'read-only':
      return claim.readOnly
    case 'wrong-owner':
      return signIn.wrongOwner
    case 'unknown-name':
      return signIn.unknownName
  }
}
