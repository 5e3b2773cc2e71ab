import { describe, expect, it } from 'vitest'
import { createKeySigner } from '../../../src/web/key/here.ts'
import { createPublish } from '../../../src/web/state/publish.ts'
import { createSigning } from '../../../src/web/state/signing.ts'
import { personFrom } from '../../support/events.ts'

const alice = personFrom('alice')
const bob = personFrom('bob')
const keyOf = ({ secretKey }: typeof alice) => createKeySigner(Uint8Array.from(secretKey))

/** Asked for at the next turn: a kept signer is looked for first. */
const asked = async (signing: ReturnType<typeof createSigning>) => {
  await new Promise(resolve => setImmediate(resolve))
  return signing.isAsked.value
}

describe('whoever needs a signer', () => {
  it('is answered together with all others by one dialog, and not again', async () => {
    const signing = createSigning(() => alice.pubkey)
    const waiting = [signing.needSigner(), signing.needSigner()]
    expect(await asked(signing)).toBe(true)
    const signer = keyOf(alice)
    await signing.useExtension(signer)
    expect(await Promise.all(waiting)).toEqual([signer, signer])
    expect(signing.isAsked.value).toBe(false)
    expect(await signing.needSigner()).toBe(signer)
    expect(await asked(signing)).toBe(false)
  })

  it('gets none when the dialog is closed, and is asked again the next time', async () => {
    const signing = createSigning(() => alice.pubkey)
    const waiting = signing.needSigner()
    expect(await asked(signing)).toBe(true)
    signing.dismiss()
    expect(await waiting).toBeUndefined()
    void signing.needSigner()
    expect(await asked(signing)).toBe(true)
  })

  it('goes on waiting when a key comes that is not the owner’s', async () => {
    const signing = createSigning(() => alice.pubkey)
    let answer: unknown = 'none yet'
    void signing.needSigner().then(signer => (answer = signer))
    await asked(signing)
    await signing.useExtension(keyOf(bob))
    expect(await asked(signing)).toBe(true)
    expect(answer).toBe('none yet')
    const right = keyOf(alice)
    await signing.useExtension(right)
    await asked(signing)
    expect(answer).toBe(right)
  })

  it('finds nothing to sign with after it was locked, and the key is wiped', async () => {
    const signing = createSigning(() => alice.pubkey)
    const secretKey = Uint8Array.from(alice.secretKey)
    await signing.useKey({ secretKey, ncryptsec: undefined, keeping: 'session' })
    expect(await signing.needSigner()).toMatchObject({ pubkey: alice.pubkey })
    signing.lock()
    expect(secretKey.every(byte => byte === 0)).toBe(true)
    expect(signing.state.value).toEqual({ at: 'none' })
    void signing.needSigner()
    expect(await asked(signing)).toBe(true)
  })
})

describe('publishing', () => {
  const draft = { kind: 1, tags: [], content: 'hello' }
  const shown: unknown[] = []
  const publishing = (signer: ReturnType<typeof keyOf> | undefined, answer: object) =>
    createPublish({
      needSigner: async () => signer,
      publish: async () => answer as never,
      onPublished: event => void shown.push(event),
    })

  it('shows what the node has taken, and nothing that was not signed or not taken', async () => {
    const taken = { id: '', result: 'stored', broadcast: true, to: [] }
    expect(await publishing(undefined, taken)(draft)).toEqual({ signerTrouble: 'locked' })
    expect(await publishing(keyOf(alice), { trouble: 'away' })(draft)).toEqual({ trouble: 'away' })
    const closed = keyOf(alice)
    closed.close()
    expect(await publishing(closed, taken)(draft)).toEqual({ signerTrouble: 'locked' })
    expect(shown).toEqual([])
    const event = await publishing(keyOf(alice), taken)(draft)
    expect(event).toMatchObject({ ...draft, pubkey: alice.pubkey, created_at: expect.any(Number) })
    expect(shown).toEqual([event])
  })
})
