/** What the ways of bringing a key share: one at a time, what is going on, what went wrong, and whose key it must be. */
import { useRef, useState } from 'preact/hooks'
import { keyPairFrom } from '../../../event/keys.ts'
import { shortNpub } from '../../../event/npub.ts'
import type { OpenBunker } from '../../key/bunker.ts'
import type { Signer } from '../../key/signer.ts'
import type { NewKey } from '../../state/signing.ts'
import { words } from '../../words/words.ts'
import { useApp } from '../context.ts'

export interface Bringing {
  readonly isBusy: boolean
  /** What is going on; empty for nothing. */
  readonly status: string
  readonly fault: string | undefined
  say(status: string): void
  fail(sentence: string): void
  /** Whether this key is the one that is wanted; says so when it is not. */
  acceptsKey(pubkey: string): boolean
  /** The same; a secret that is not wanted is wiped. */
  accepts(secretKey: Uint8Array): boolean
  submit(work: () => Promise<void>): (event: Event) => void
  run(work: () => Promise<void>): Promise<void>
  useKey(key: NewKey): Promise<void>
  useExtension(signer: Signer): Promise<void>
  useBunker(opened: OpenBunker): Promise<void>
}

/**
 * @param owner whose key it must be; undefined where nobody's is wanted
 * @param onReady told when a signer is in use
 */
export function useBringing(owner: string | undefined, onReady: () => void): Bringing {
  const { signing } = useApp()
  const [isBusy, setBusy] = useState(false)
  const [status, say] = useState('')
  const [fault, setFault] = useState<string>()
  const running = useRef(0)

  async function run(work: () => Promise<void>): Promise<void> {
    const own = ++running.current
    setBusy(true)
    setFault(undefined)
    try {
      await work()
    } finally {
      if (running.current === own) {
        setBusy(false)
        say('')
      }
    }
  }

  function acceptsKey(pubkey: string): boolean {
    if (owner === undefined || owner === pubkey) return true
    setFault(words().key.bring.wrongOwner(shortNpub(pubkey), shortNpub(owner)))
    return false
  }

  return {
    isBusy,
    status,
    fault,
    say,
    fail: setFault,
    acceptsKey,
    accepts(secretKey) {
      const isWanted = acceptsKey(keyPairFrom(secretKey).pubkey)
      if (!isWanted) secretKey.fill(0)
      return isWanted
    },
    submit: work => event => {
      event.preventDefault()
      void run(work)
    },
    run,
    useKey: key => signing.useKey(key).then(onReady),
    useExtension: signer => signing.useExtension(signer).then(onReady),
    useBunker: opened => signing.useBunker(opened).then(onReady),
  }
}
