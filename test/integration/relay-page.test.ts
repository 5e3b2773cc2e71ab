/** The owner's page of the relay over real HTTP at a real node: what a browser sends and gets (relay-access.md, A8). */
import { request } from 'node:http'
import { noteEncode } from 'nostr-tools/nip19'
import { beforeEach, describe, expect, it } from 'vitest'
import { npubOf } from '../../src/event/keys.ts'
import { alice, bring, carol, dave, OPEN, relayTerms, startAlice, visitor } from '../support/access-world.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { signNow } from '../support/node-client.ts'
import { manage } from '../support/relay-manager.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'

const cleanUp = useCleanUp()
let node: TestNode
beforeEach(async () => {
  node = await startAlice(cleanUp)
})

type Fields = Readonly<Record<string, string>>

interface Answer {
  readonly status: number
  readonly text: string
  readonly location: string | undefined
  readonly headers: Readonly<Record<string, unknown>>
}

/** As `fetch`, which lets nobody set `Host` and `Sec-Fetch-Site`. */
function send(path: string, form?: Fields | string, headers: Fields = {}): Promise<Answer> {
  const { hostname, port } = new URL(node.node.clientOrigin)
  const method = form === undefined ? 'GET' : 'POST'
  const type = { 'content-type': 'application/x-www-form-urlencoded', origin: node.node.clientOrigin }
  const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method, headers: { ...(form !== undefined && type), ...headers } }
    const asked = request(options, async response => {
      let text = ''
      for await (const piece of response.setEncoding('utf8')) text += piece
      const { statusCode: status = 0, headers } = response
      resolve({ status, text, location: headers.location, headers })
    })
    asked.on('error', reject)
    asked.end(form === undefined ? undefined : body)
  })
}

const ban = (fields: Fields = {}) => ({
  do: 'banpubkey',
  value: npubOf(dave.pubkey),
  reason: 'spam',
  confirmed: 'yes',
  ...fields,
})
const banned = async () => (await manage(node, alice, 'listbannedpubkeys')).result

describe('the page (A8.1)', () => {
  it('says in words whom the relay serves, and is linked from the page of the node', async () => {
    const { status, text, headers } = await send('/relay')
    expect(status).toBe(200)
    expect(text).toContain('Everybody can read here what is not private to you. Everybody can leave events here')
    expect(text).toContain('--relay-reads anyone')
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    )
    expect(headers['referrer-policy']).toBe('same-origin')
    expect(text).not.toMatch(/<script|http:|https:\/\/\w/)
    expect((await send('/plain')).text).toContain('<a href="/relay">')
    const { token } = node.node
    expect((await send(`/k/${token}/plain`)).text).toContain(`<a href="/k/${token}/relay">`)
    node = await node.restart({ relay: relayTerms() })
    expect((await send('/relay')).text).toContain('Only you can read here. Only your own events are taken.')
  })

  it('works below the token from elsewhere, and without it is not for others', async () => {
    const elsewhere = { 'x-forwarded-for': '203.0.113.7' }
    const path = `/k/${node.node.token}/relay`
    const { text } = await send(path, undefined, elsewhere)
    expect(text).toContain(`action="${path}#bannedPubkey"`)
    const done = await send(path, ban(), elsewhere)
    expect(done).toMatchObject({ status: 303, location: `${path}?done=banpubkey#bannedPubkey` })
    expect((await send(done.location!.replace(/#.*/, ''), undefined, elsewhere)).text).toContain(npubOf(dave.pubkey))
    const without = await send('/relay', undefined, elsewhere)
    expect(without).toMatchObject({ status: 401, text: expect.stringContaining('This page needs a key') })
    expect(without.text).not.toContain(npubOf(dave.pubkey))
  })

  it('of a node without owner manages nothing', async () => {
    node = await startTestNode(cleanUp, { owner: null })
    expect(await send('/relay')).toMatchObject({ status: 403, text: expect.stringContaining('no owner yet') })
    expect((await send('/relay', ban())).status).toBe(403)
  })
})

describe('a form (A8.2)', () => {
  it('bans after a question, and the relay does so at once', async () => {
    const guest = await visitor(cleanUp, node)
    const post = await bring(guest, signNow(dave, { content: 'spam' }))
    const question = await send('/relay', ban({ confirmed: '' }))
    expect(question).toMatchObject({ status: 200, text: expect.stringContaining('Ban this person?') })
    expect(await banned()).toEqual([])
    // What the page of the question holds is what its button sends.
    const fields = Object.fromEntries(
      [...question.text.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    )
    const done = await send('/relay', fields as Fields)
    expect(done).toMatchObject({ status: 303, location: '/relay?done=banpubkey#bannedPubkey' })
    expect(await banned()).toEqual([{ pubkey: dave.pubkey, reason: 'spam' }])
    const { text } = await send('/relay?done=banpubkey')
    expect(text).toContain('Banned. It holds from now on.')
    expect(text).toContain(npubOf(dave.pubkey))
    expect(await guest.subscribe('a', { ids: [post.id] })).toEqual([])
    expect((await send('/relay', { do: 'unbanpubkey', value: dave.pubkey })).status).toBe(303)
    expect(await guest.subscribe('a', { ids: [post.id] })).toEqual([post])
  })

  it('of every list puts on it and takes off it what a person types', async () => {
    const note = noteEncode('f'.repeat(64))
    const lists: [string, string, string, string, string][] = [
      ['allowpubkey', 'unallowpubkey', 'allowedPubkey', npubOf(carol.pubkey), npubOf(carol.pubkey)],
      ['banpubkey', 'unbanpubkey', 'bannedPubkey', ` ${dave.pubkey.toUpperCase()} `, npubOf(dave.pubkey)],
      ['banevent', 'unbanevent', 'bannedEvent', note, 'f'.repeat(64)],
      ['allowevent', 'unallowevent', 'allowedEvent', 'e'.repeat(64), 'e'.repeat(64)],
      ['disallowkind', 'undisallowkind', 'disallowedKind', ' 7 ', '7: likes'],
      ['allowkind', 'unallowkind', 'allowedKind', '1', '1: posts'],
      ['blockip', 'unblockip', 'blockedIp', '2001:DB8:0::7', '2001:db8::7'],
    ]
    const sectionOf = async (list: string) => {
      const { text } = await send('/relay')
      return text.slice(text.indexOf(`<section id="${list}"`)).replace(/<\/section>.*/s, '')
    }
    for (const [add, remove, list, typed, shown] of lists) {
      expect([add, (await send('/relay', { do: add, value: typed, confirmed: 'yes' })).status]).toEqual([add, 303])
      expect(await sectionOf(list)).toContain(`<code>${shown}`)
      expect([remove, (await send('/relay', { do: remove, value: typed, confirmed: 'yes' })).status]).toEqual([
        remove,
        303,
      ])
      expect(await sectionOf(list)).not.toContain(`<code>${shown}`)
    }
  })

  it('gives the relay its name, which holds at once and can be taken back', async () => {
    const information = async () => {
      const response = await fetch(node.node.clientOrigin, { headers: { accept: 'application/nostr+json' } })
      return (await response.json()) as Record<string, unknown>
    }
    const names = { do: 'describe', name: 'Alice & <friends>', description: 'For us', icon: 'https://a.example/i.png' }
    expect((await send('/relay', names)).location).toBe('/relay?done=describe#names')
    expect(await information()).toMatchObject({ name: names.name, description: 'For us', icon: names.icon })
    expect((await send('/relay?done=describe')).text).toContain('value="Alice &#38; &#60;friends&#62;"')
    await send('/relay', { do: 'describe' })
    expect(await information()).toMatchObject({ name: 'nostrp2p' })
  })

  it.each<[string, Fields, RegExp, string]>([
    ['a key with a letter wrong', ban({ value: 'npub1wrong' }), /not a public key/, 'bannedPubkey'],
    ['a secret key', { do: 'allowpubkey', value: `nsec1${'q'.repeat(58)}` }, /secret key \(nsec\)/, 'allowedPubkey'],
    ['the owner', ban({ value: npubOf(alice.pubkey) }), /owner of this relay/, 'bannedPubkey'],
    ['no value', { do: 'banevent' }, /not an event/, 'bannedEvent'],
    ['a kind that is none', { do: 'disallowkind', value: '70000' }, /whole number/, 'disallowedKind'],
    ['no address', { do: 'blockip', value: 'home' }, /IPv4 or IPv6/, 'blockedIp'],
    ['this machine', { do: 'blockip', value: '127.0.0.1', confirmed: 'yes' }, /this machine itself/, 'blockedIp'],
    ['a reason that is too long', ban({ reason: 'x'.repeat(1_001) }), /1000 characters/, 'bannedPubkey'],
    [
      'a picture that is none',
      { do: 'describe', name: 'kept', icon: 'javascript:alert(1)' },
      /http or https/,
      'relay-icon',
    ],
  ])('with %s says so beside the field, and keeps what was typed', async (_, fields, reason, id) => {
    const { status, text } = await send('/relay', fields)
    expect(status).toBe(400)
    const error = new RegExp(`<p class="error" id="${id}-error">([^<]*)</p>`).exec(text)?.[1]
    expect(error).toMatch(reason)
    const typed = fields.icon ?? fields.value ?? ''
    expect(text).toContain(`id="${id}-field" name="${fields.icon ? 'icon' : 'value'}" value="${typed}"`)
    expect(await banned()).toEqual([])
  })

  it('shows the first 200 of a long list, and takes off others by what is typed', async () => {
    for (let i = 0; i < 205; i++) {
      const added = await send('/relay', { do: 'disallowkind', value: `${20_000 + i}` })
      expect(added.status).toBe(303)
    }
    const { text } = await send('/relay')
    expect(text.match(/<code>20\d\d\d</g)).toHaveLength(200)
    expect(text).toContain('first 200 of 205')
    expect((await send('/relay', { do: 'undisallowkind', value: '20204' })).status).toBe(303)
    expect((await send('/relay')).text).toContain('first 200 of 204')
  })
})

describe('a form from elsewhere (A8.3)', () => {
  it.each<[string, Fields]>([
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a page of another port of this machine', { origin: 'http://127.0.0.1:8080' }],
    ['a page of another port, whose browser tells the site', { 'sec-fetch-site': 'same-site' }],
    ['a page that hides where it is', { origin: 'null' }],
    ['a rebound name', { host: 'evil.example', origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' }],
  ])('changes nothing: %s', async (_, headers) => {
    const answer = await send('/relay', ban(), headers)
    expect([401, 403]).toContain(answer.status)
    expect(await banned()).toEqual([])
  })

  it('changes nothing with the token either, if another page sends it', async () => {
    const path = `/k/${node.node.token}/relay`
    expect((await send(path, ban(), { origin: 'https://evil.example' })).status).toBe(403)
    expect((await send(path, ban(), { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect(await banned()).toEqual([])
    // A proxy ends the TLS: the browser says https, the node is called by http.
    const proxied = { 'x-forwarded-for': '203.0.113.7', host: 'relay.example', origin: 'https://relay.example' }
    expect((await send(path, ban(), proxied)).status).toBe(303)
  })

  it.each<[string, string | Fields, Fields, number]>([
    ['another content type', '{}', { 'content-type': 'application/json' }, 415],
    ['an unknown action', { do: 'formatdisk', value: 'x' }, {}, 400],
    ['an action of objects', { do: 'constructor', value: 'x' }, {}, 400],
    ['no action', {}, {}, 400],
    ['bytes that are no text', '%ff%fe=%zz&do=%00', {}, 400],
    ['too much', `do=banpubkey&value=${'x'.repeat(600_000)}`, {}, 413],
  ])('that is no form is refused: %s', async (_, body, headers, status) => {
    expect((await send('/relay', body, headers)).status).toBe(status)
  })
})

it('A7.4: what the page did is there after a restart', async () => {
  await send('/relay', ban())
  node = await node.restart({ relay: OPEN })
  expect((await send('/relay')).text).toContain(npubOf(dave.pubkey))
})
