/** Every refusal says its code to programs, and is to the original's clients what it was (R1.12). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { REFUSALS } from '../../../src/event/refusal.ts'
import { CONSEQUENCES, reject } from '../../../src/event/rejection.ts'
import { signEvent } from '../../../src/event/sign.ts'
import { CODE_HEADER } from '../../../src/wire/refusal.ts'
import { CLAIM_TOKEN, createClientSide, ELSEWHERE, NOW_SECONDS, STRANGER } from './client-side.ts'

const ROOT = join(import.meta.dirname, '../../..')

describe('codes', () => {
  it('are those of the specification, and none of them is one of events', () => {
    const text = readFileSync(join(ROOT, 'specification/rest-api.md'), 'utf8')
    const [, table = ''] = text.split('| code | when |')
    const listed = [...table.split('\n\n')[0]!.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code)
    expect(listed).toEqual([...REFUSALS])
    expect(REFUSALS.filter(code => Object.hasOwn(CONSEQUENCES, code))).toEqual([])
  })

  it('stand beside the sentence at the node\u2019s own addresses', async () => {
    const side = createClientSide({
      pushes: {
        state: async () => ({ publicKey: '', devices: [], max: 0 }),
        subscribe: async wish =>
          'subscription' in (wish as object)
            ? reject('full', 'Too many.', { code: 'pushes-full' })
            : reject('malformed', 'That is nothing.'),
        unsubscribe: async () => undefined,
      },
    })
    const refused = await side.send('/status', { method: 'GET', connection: ELSEWHERE })
    expect([refused.status, await refused.json()]).toEqual([401, { Error: expect.any(String), code: 'token-needed' }])
    const finer = await side.send('/push', { body: { subscription: {} } })
    expect([finer.status, await finer.json()]).toEqual([507, { Error: 'Too many.', code: 'pushes-full' }])
    const plain = await side.send('/push', { body: {} })
    expect([plain.status, await plain.json()]).toEqual([400, { Error: 'That is nothing.', code: 'malformed' }])
    const unknown = await side.send('/nowhere', { method: 'GET' })
    expect([unknown.status, await unknown.text()]).toEqual([404, '{\n  "Error": "Resource not found"\n}'])
  })

  it('stand in a header where the original\u2019s clients ask', async () => {
    const side = createClientSide()
    const template = { kind: 1, created_at: NOW_SECONDS, tags: [], content: 'by another' }
    const other = await side.send('/publish', { body: signEvent(template, STRANGER.secretKey) })
    expect([other.status, other.headers.get(CODE_HEADER)]).toEqual([403, 'not-owner'])
    expect(Object.keys((await other.json()) as object)).toEqual(['Error'])
    const wrong = await side.send('/req', { body: { kinds: 'all' } })
    expect([wrong.status, wrong.headers.get(CODE_HEADER)]).toEqual([400, 'malformed'])
    expect(Object.keys((await wrong.json()) as object)).toEqual(['Error'])
    const unclaimed = createClientSide({ owner: () => undefined, claimToken: () => CLAIM_TOKEN })
    const nobodys = await unclaimed.send('/publish', { body: {} })
    expect([nobodys.status, nobodys.headers.get(CODE_HEADER)]).toEqual([403, 'unclaimed'])
  })
})
