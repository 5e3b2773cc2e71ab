import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { NostrEvent } from '../../../src/event/event.ts'
import type { Keep } from '../../../src/web/keep/database.ts'
import type { Signer, SignerTrouble } from '../../../src/web/key/signer.ts'
import type { Published } from '../../../src/web/node/events.ts'
import type { Trouble } from '../../../src/web/node/trouble.ts'
import { createDrafts } from '../../../src/web/state/drafts.ts'
import { createOutgoing, type Item } from '../../../src/web/state/outgoing.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'

const ALICE = strangerKey('alice')
const TAKEN: Published = { id: '', result: 'stored', broadcast: true, to: [] }
const draft = (content: string) => ({ kind: 1, tags: [], content })

/** What a browser keeps, of which only these parts are used. */
function keepOf() {
  const outgoing = new Map<string, unknown>()
  const values = new Map<string, unknown>()
  const put = (map: Map<string, unknown>) => async (key: string, item: unknown) => {
    if (item === undefined) map.delete(key)
    else map.set(key, structuredClone(item))
    return true
  }
  const keep = {
    outgoing: async () => [...outgoing.values()],
    setOutgoing: put(outgoing),
    value: async (name: string) => values.get(name),
    setValue: put(values),
  } as unknown as Keep
  return { keep, outgoing, values }
}

function stage() {
  const answers: (Published | Trouble)[] = []
  const sent: string[] = []
  const published: NostrEvent[] = []
  const signs: { trouble?: SignerTrouble; signed: number; signer: boolean } = { signed: 0, signer: true }
  const signer = {
    async sign(template: Parameters<Signer['sign']>[0]) {
      signs.signed++
      return signs.trouble ?? unsignedEvent(ALICE, template)
    },
  } as unknown as Signer
  const outgoing = createOutgoing({
    needSigner: async () => (signs.signer ? signer : undefined),
    async publish(event) {
      sent.push(event.id)
      return answers.shift() ?? TAKEN
    },
    onPublished: event => void published.push(event),
  })
  return { outgoing, answers, sent, published, signs }
}

describe('what is on its way', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('waits for the moment to take it back, and goes then; once', async () => {
    const { outgoing, sent, published } = stage()
    outgoing.send(draft('hello'), 5_000)
    await vi.advanceTimersByTimeAsync(4_900)
    expect(sent).toEqual([])
    await vi.advanceTimersByTimeAsync(200)
    expect(published.map(({ content }) => content)).toEqual(['hello'])
    expect(outgoing.items.value).toEqual([])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sent).toHaveLength(1)
  })

  it('can be taken back, with what it was made from, or sent at once', async () => {
    const { outgoing, published } = stage()
    const origin = { towards: { what: 'new' as const }, writing: { text: 'hello', mentions: [] } }
    const key = outgoing.send(draft('hello'), 5_000, origin)
    expect(outgoing.cancel(key)?.origin).toBe(origin)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(published).toEqual([])
    outgoing.sendNow(outgoing.send(draft('now'), 5_000))
    await vi.advanceTimersByTimeAsync(0)
    expect(published.map(({ content }) => content)).toEqual(['now'])
  })

  it('is the same event however often it is tried, and goes when the node is back', async () => {
    const { outgoing, answers, sent, published, signs } = stage()
    answers.push({ trouble: 'away' }, { trouble: 'busy' })
    outgoing.send(draft('hello'))
    await vi.advanceTimersByTimeAsync(0)
    expect(outgoing.items.value[0]?.state).toEqual({ at: 'waiting', trouble: { trouble: 'away' } })
    outgoing.retry()
    await vi.advanceTimersByTimeAsync(0)
    expect(outgoing.items.value[0]?.state.at).toBe('waiting')
    await vi.advanceTimersByTimeAsync(15_000)
    expect(published).toHaveLength(1)
    expect(new Set(sent).size).toBe(1)
    expect(signs.signed).toBe(1)
  })

  it.each<[string, (given: ReturnType<typeof stage>) => void, string]>([
    ['the node refuses', ({ answers }) => answers.push({ trouble: 'refused', sentence: 'No.' }), 'refused'],
    [
      'the signer refuses',
      ({ signs }) => {
        signs.trouble = { signerTrouble: 'refused' }
      },
      'refused',
    ],
    [
      'nobody opens the key',
      ({ signs }) => {
        signs.signer = false
      },
      'locked',
    ],
  ])('is stuck when %s, and goes when it is sent again', async (_, break_, why) => {
    const given = stage()
    const { outgoing, published, signs } = given
    break_(given)
    const key = outgoing.send(draft('hello'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(JSON.stringify(outgoing.items.value[0]?.state)).toContain(why)
    expect(outgoing.items.value[0]?.event).toBeUndefined()
    delete signs.trouble
    signs.signer = true
    outgoing.sendNow(key)
    await vi.advanceTimersByTimeAsync(0)
    expect(published).toHaveLength(1)
  })

  it('outlives the page: what was waiting goes, what was stuck stays', async () => {
    const { keep, outgoing: kept } = keepOf()
    const first = stage()
    await first.outgoing.load(keep)
    first.answers.push({ trouble: 'away' }, { trouble: 'refused' })
    first.outgoing.send(draft('waits'))
    await vi.advanceTimersByTimeAsync(0)
    first.outgoing.send(draft('stuck'))
    await vi.advanceTimersByTimeAsync(0)
    const second = stage()
    await second.outgoing.load(keep)
    await vi.advanceTimersByTimeAsync(0)
    expect(second.published.map(({ content }) => content)).toEqual(['waits'])
    expect(second.outgoing.items.value.map(({ draft }: Item) => draft.content)).toEqual(['stuck'])
    expect([...kept.values()]).toHaveLength(1)
  })
})

describe('drafts', () => {
  it('are each for what they answer, outlive the page, and are gone when they are empty', async () => {
    const { keep, values } = keepOf()
    const post = unsignedEvent(ALICE)
    const drafts = createDrafts(() => keep)
    const writing = { text: 'Half a thou', mentions: [] }
    drafts.write({ what: 'reply', to: post }, writing)
    expect(drafts.peek({ what: 'reply', to: post })).toEqual(writing)
    expect(drafts.peek({ what: 'new' })).toBeUndefined()
    expect(await createDrafts(() => keep).read({ what: 'reply', to: post })).toEqual(writing)
    expect((await createDrafts(() => keep).read({ what: 'quote', of: post })).text).toBe('')
    drafts.write({ what: 'reply', to: post }, { text: '  \n', mentions: [] })
    expect(values.size).toBe(0)
  })

  it('last as long as the page where the browser keeps nothing', async () => {
    const drafts = createDrafts(() => undefined)
    drafts.write({ what: 'new' }, { text: 'a', mentions: [] })
    expect((await drafts.read({ what: 'new' })).text).toBe('a')
  })
})
