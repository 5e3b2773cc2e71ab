/** The key of a browser extension. */
import { openExtension } from '../../key/extension.ts'
import { isSignerTrouble } from '../../key/signer.ts'
import { words } from '../../words/words.ts'
import { signerSentence } from './sentences.ts'
import type { Bringing } from './use-bringing.ts'

export function BringExtension({ bringing }: { bringing: Bringing }) {
  const { bring, welcome } = words().key
  async function use(): Promise<void> {
    bringing.say(welcome.signing)
    const signer = await openExtension()
    bringing.say('')
    if (isSignerTrouble(signer)) {
      bringing.fail(signer.signerTrouble === 'unable' ? bring.extensionNone : signerSentence(signer))
    } else if (bringing.acceptsKey(signer.pubkey)) await bringing.useExtension(signer)
  }
  return (
    <form class="stack" onSubmit={bringing.submit(use)}>
      <button class="button main" type="submit" disabled={bringing.isBusy}>
        {bring.extensionUse}
      </button>
    </form>
  )
}
