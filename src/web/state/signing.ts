/** Who signs here: nobody yet, a key that is locked, or a signer that is ready. Asked for when it is needed first. */
import { type ReadonlySignal, signal } from '@preact/signals'
import type { OpenBunker } from '../key/bunker.ts'
import {
  forgetKept,
  type Keeping,
  keepBunker,
  keepExtension,
  keepKey,
  loadExtensionScript,
  readKept,
  reopen,
} from '../key/kept.ts'
import type { OnProgress } from '../key/ncryptsec.ts'
import type { Signer, SignerKind } from '../key/signer.ts'

export type KeyState =
  | { readonly at: 'none' }
  /** Kept in this browser; `needsPassword` says whether one opens it. */
  | { readonly at: 'locked'; readonly kind: SignerKind; readonly pubkey: string; readonly needsPassword: boolean }
  | { readonly at: 'ready'; readonly signer: Signer }

/** A secret key on its way in; the signer wipes it when it is locked. */
export interface NewKey {
  readonly secretKey: Uint8Array
  /** The same under its password. */
  readonly ncryptsec: string | undefined
  readonly keeping: Keeping
}

export interface Signing {
  readonly state: ReadonlySignal<KeyState>
  /** The signer in use is gone with the page, though it was meant to stay: the browser keeps nothing. */
  readonly isPassing: ReadonlySignal<boolean>
  /** The dialog for the key is to be shown. */
  readonly isAsked: ReadonlySignal<boolean>
  /**
   * A signer with the owner's key. Where a person has to do something, one dialog asks, however many wait for it;
   * undefined when they close it.
   */
  needSigner(): Promise<Signer | undefined>
  /** Takes up the key that this browser holds open; asks nobody. */
  wake(): Promise<void>
  /** The dialog is closed. */
  dismiss(): void
  /** Takes a signer into use. */
  useKey(key: NewKey): Promise<void>
  useExtension(signer: Signer): Promise<void>
  useBunker(opened: OpenBunker): Promise<void>
  /** Opens the kept key with its password. */
  unlock(password: string, onProgress?: OnProgress): Promise<Signer | 'wrong-password' | 'damaged'>
  /** Wipes the key from memory; the password is asked for again. */
  lock(): void
  /** Takes the signer off this browser. */
  forget(): Promise<void>
}

/** @param owner whose signature is wanted; undefined while nobody's */
export function createSigning(owner: () => string | undefined): Signing {
  const state = signal<KeyState>(keptState())
  const isAsked = signal(false)
  const isPassing = signal(false)
  let waiting: ((signer: Signer | undefined) => void)[] = []
  let reopening: Promise<Signer | undefined> | undefined

  const isOwners = (pubkey: string): boolean => owner() === undefined || owner() === pubkey

  function ready(signer: Signer): void {
    const before = state.value
    if (before.at === 'ready' && before.signer !== signer) before.signer.close()
    state.value = { at: 'ready', signer }
    if (isOwners(signer.pubkey)) settle(signer)
  }

  function settle(signer: Signer | undefined): void {
    isAsked.value = false
    const told = waiting
    waiting = []
    for (const tell of told) tell(signer)
  }

  /** What opens without a person; at most one at a time. */
  function tryReopen(): Promise<Signer | undefined> {
    const kept = readKept()
    if (kept === undefined || !isOwners(kept.pubkey)) return Promise.resolve(undefined)
    reopening ??= reopen(kept).finally(() => {
      reopening = undefined
    })
    return reopening
  }

  async function needSigner(): Promise<Signer | undefined> {
    const current = state.value
    if (current.at === 'ready' && isOwners(current.signer.pubkey)) return current.signer
    const opened = await tryReopen()
    if (opened !== undefined) {
      ready(opened)
      return opened
    }
    return new Promise(resolve => {
      waiting.push(resolve)
      isAsked.value = true
    })
  }

  return {
    state,
    isPassing,
    isAsked,
    needSigner,
    async wake() {
      const { value } = state
      if (value.at === 'locked' && value.kind === 'extension') await loadExtensionScript().catch(() => {})
      if (value.at !== 'locked' || value.kind !== 'here' || value.needsPassword) return
      const opened = await tryReopen()
      if (opened !== undefined) ready(opened)
    },
    dismiss: () => settle(undefined),
    async useKey({ secretKey, ncryptsec, keeping }) {
      const { createKeySigner } = await import('../key/here.ts')
      const signer = createKeySigner(secretKey)
      isPassing.value = !(await keepKey(signer.pubkey, secretKey, ncryptsec, keeping)) && keeping !== 'session'
      ready(signer)
    },
    async useExtension(signer) {
      isPassing.value = !(await keepExtension(signer.pubkey))
      ready(signer)
    },
    async useBunker({ signer, link }) {
      isPassing.value = !(await keepBunker(signer.pubkey, link))
      ready(signer)
    },
    async unlock(password, onProgress) {
      const ncryptsec = readKept()?.ncryptsec
      if (ncryptsec === undefined) return 'damaged'
      const { unlockKey } = await import('../key/ncryptsec.ts')
      const secretKey = await unlockKey(ncryptsec, password, onProgress)
      if (typeof secretKey === 'string') return secretKey
      const { createKeySigner } = await import('../key/here.ts')
      const signer = createKeySigner(secretKey)
      ready(signer)
      return signer
    },
    lock() {
      if (state.value.at === 'ready') state.value.signer.close()
      state.value = keptState()
    },
    async forget() {
      if (state.value.at === 'ready') state.value.signer.close()
      await forgetKept()
      state.value = { at: 'none' }
    },
  }
}

function keptState(): KeyState {
  const kept = readKept()
  if (kept === undefined) return { at: 'none' }
  const needsPassword = kept.kind === 'here' && kept.isOpen !== true
  return { at: 'locked', kind: kept.kind, pubkey: kept.pubkey, needsPassword }
}
