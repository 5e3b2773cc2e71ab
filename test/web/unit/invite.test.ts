import { nprofileEncode, nsecEncode } from 'nostr-tools/nip19'
import { describe, expect, it } from 'vitest'
import { npubOf } from '../../../src/event/npub.ts'
import { inviteText, ownBootstraps, parseInvite } from '../../../src/web/state/invite.ts'
import { personFrom } from '../../support/events.ts'

const { pubkey, secretKey } = personFrom('alice')
const npub = npubOf(pubkey)

describe('an invitation', () => {
  it.each([
    ['an npub', npub],
    ['an npub in capitals, as codes have it', npub.toUpperCase()],
    ['hex', pubkey],
    ['a nostr: reference', `nostr:${npub}`],
    ['an nprofile', nprofileEncode({ pubkey, relays: ['wss://relay.example'] })],
    ['a link to a person on some page', `https://node.example/k/abc/#/person/${npub}`],
  ])('is read from %s', (_, text) => {
    expect(parseInvite(`  ${text}\n`)).toEqual({ pubkey, bootstraps: [] })
  })

  it('comes back as it was written, also as the link of a page', () => {
    const invite = { pubkey, bootstraps: ['boot.example:8888', '/ip4/198.51.100.7/tcp/20000', '[2001:db8::7]:20000'] }
    const text = inviteText(invite)
    expect(text).toMatch(/^nostrp2p:npub1[0-9a-z]+\?b=boot\.example%3A8888&b=/)
    expect(parseInvite(text)).toEqual(invite)
    expect(parseInvite(`http://127.0.0.1:20001/#/invite/${encodeURIComponent(text)}`)).toEqual(invite)
  })

  it('takes no more nodes than a few, each once, and nothing that is none', () => {
    const many = Array.from({ length: 20 }, (_, i) => `b=host${i % 6}:1`).join('&')
    expect(parseInvite(`nostrp2p:${npub}?${many}`)).toMatchObject({
      bootstraps: ['host0:1', 'host1:1', 'host2:1', 'host3:1'],
    })
    const bad = ['javascript:alert(1)', 'host', 'host:port', ' -b x:1', '/unix/x', `${'x'.repeat(300)}:1`]
    const query = bad.map(text => `b=${encodeURIComponent(text)}`).join('&')
    expect(parseInvite(`nostrp2p:${npub}?${query}`)).toEqual({ pubkey, bootstraps: [] })
  })

  it.each(['', 'alice', 'nostrp2p:', `nostrp2p:${npub.slice(0, -1)}`, 'npub1', 'note1abc', '#/invite/%E0%A4%A'])(
    'is not found in %j',
    text => expect(parseInvite(text)).toBeUndefined(),
  )

  it('is not made of a secret key, which goes no further', () => {
    expect(parseInvite(nsecEncode(secretKey))).toBe('secret')
    expect(parseInvite(`nostr:${nsecEncode(secretKey)}`)).toBe('secret')
  })

  it('names nodes that others can reach, and no address of a home', () => {
    const bootstraps = [
      { address: 'boot.example:8888', state: 'connected' },
      { address: 'away.example:8888', state: 'unreachable' },
      { address: '192.168.1.2:20000', state: 'connected' },
      { address: 'localhost:20000', state: 'connected' },
    ]
    const addresses = ['/ip4/203.0.113.5/tcp/20000/p2p/12D3Koo', '/ip4/10.0.0.4/tcp/20000', '/ip6/fd00::1/tcp/1']
    const status = { peers: [], overlay: { addresses: [], bootstraps }, reachability: { state: 'public', addresses } }
    expect(ownBootstraps(status)).toEqual(['boot.example:8888', '/ip4/203.0.113.5/tcp/20000/p2p/12D3Koo'])
  })
})
