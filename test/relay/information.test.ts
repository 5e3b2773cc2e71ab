/** The information document (specification/relay.md, N7): true, and readable by every page. */
import { describe, expect, it } from 'vitest'
import { MAX_TAGS } from '../../src/event/limits.ts'
import { VERSION } from '../../src/version.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { FROM_ELSEWHERE } from '../support/relay-client.ts'
import { startTestNode } from '../support/test-node.ts'

const cleanUp = useCleanUp()
const ACCEPT = { accept: 'application/nostr+json' }

async function ask(origin: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(origin, { headers: { ...ACCEPT, ...headers } })
  return { response, document: (await response.json()) as Record<string, unknown> }
}

describe('the information document', () => {
  it('says what the relay can do, with its limits', async () => {
    const { node } = await startTestNode(cleanUp, { owner: 'alice' })
    const { response, document } = await ask(node.clientOrigin)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/nostr+json')
    expect(document).toMatchObject({
      name: 'nostrp2p',
      pubkey: personFrom('alice').pubkey,
      software: 'nostrp2p',
      version: VERSION,
      limitation: {
        max_message_length: 524_288,
        max_subscriptions: 1_024,
        max_filters: 64,
        max_limit: 5_000,
        max_subid_length: 64,
        max_event_tags: MAX_TAGS,
        auth_required: false,
        restricted_writes: true,
      },
    })
    expect(document.supported_nips).toEqual(expect.arrayContaining([1, 9, 11, 40, 42, 45, 67, 70, 77]))
  })

  it('is for every page, and tells strangers not whose node it is', async () => {
    const { node } = await startTestNode(cleanUp, { owner: 'alice' })
    const page = { origin: 'https://client.example' }
    const { response, document } = await ask(node.clientOrigin, page)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(document.pubkey).toBeUndefined()
    expect(document.limitation).toMatchObject({ auth_required: true })
    const preflight = await fetch(node.clientOrigin, {
      method: 'OPTIONS',
      headers: { ...page, 'access-control-request-method': 'GET', 'access-control-request-headers': 'accept' },
    })
    expect(preflight.status).toBe(200)
    // The plain page beside it stays unreadable to them.
    const status = await fetch(`${node.clientOrigin}/plain`, { headers: page })
    expect(status.status).toBe(401)
    expect(status.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('is at the token address too', async () => {
    const { node } = await startTestNode(cleanUp, { owner: 'alice' })
    const { document } = await ask(`${node.clientOrigin}/k/${node.token}/`, FROM_ELSEWHERE)
    expect(document.pubkey).toBe(personFrom('alice').pubkey)
  })
})
