import { describe, expect, test } from 'vitest'
import { createConsoleLog } from '../../../src/cli/console-log.ts'
import { draft } from '../../../src/cli/demo-client.ts'
import { createInk } from '../../../src/cli/ink.ts'
import { createLiveLines } from '../../../src/cli/live-lines.ts'
import type { NostrEvent } from '../../../src/event/event.ts'
import { hexToBytes } from '../../../src/event/hex.ts'
import { type KeyPair, keyPairFrom, shortNpub } from '../../../src/event/keys.ts'
import { signEvent } from '../../../src/event/sign.ts'
import type { Activity } from '../../../src/observe/activity.ts'
import type { Clock } from '../../../src/observe/clock.ts'
import { createActivityLine } from '../../../src/words/activity-lines.ts'
import { clockTime, plain, shortPath } from '../../../src/words/plain-text.ts'
import { testSurroundings } from '../cli/surroundings.ts'

const person = (byte: string) => keyPairFrom(hexToBytes(byte.repeat(32)))
const ME = person('01')
const ALICE = person('02')
const BOB = person('03')

function signed(
  author: KeyPair,
  content: { kind: number; tags?: readonly (readonly string[])[]; content?: string },
  createdAt = 1_800_000_000,
): NostrEvent {
  return signEvent({ tags: [], content: '', ...content, created_at: createdAt }, author.secretKey)
}

const received = (event: NostrEvent): Activity => ({ what: 'received', event, via: 'gossip', peer: '12D3KooW' })
const aliceProfile = () => received(signed(ALICE, draft.profile('alice', '')))

describe('one line per activity', () => {
  const line = () => createActivityLine(() => ME.pubkey)

  test('a post of somebody shows the name, the key beside it, and its beginning', () => {
    const say = line()
    const post = received(signed(ALICE, draft.post('Hello\nthere')))
    expect(say(post)).toBe(`post from ${shortNpub(ALICE.pubkey)}: "Hello there"`)
    expect(say(aliceProfile())).toBe(`profile from alice (${shortNpub(ALICE.pubkey)})`)
    expect(say(post)).toBe(`post from alice (${shortNpub(ALICE.pubkey)}): "Hello there"`)
  })

  test('an older profile does not take a newer name away', () => {
    const say = line()
    say(received(signed(ALICE, draft.profile('new', ''), 1_800_000_010)))
    say(received(signed(ALICE, draft.profile('old', ''), 1_800_000_000)))
    expect(say(received(signed(ALICE, draft.post('x'))))).toContain('from new (')
  })

  test('an own post says to how many nodes it went, or that it waits for one', () => {
    const say = line()
    const event = signed(ME, draft.post('first day at the sea'))
    const published: Activity = { what: 'published', event, broadcast: true, to: [] }
    expect(say(published)).toBe('post by you saved; it goes out when another node is connected: "first day at the sea"')
    say({ what: 'peer-connected', peer: 'x', owner: null, peers: 4 })
    expect(say(published)).toBeUndefined()
    expect(say({ what: 'broadcast', event, peers: 4 })).toBe('post by you sent to 4 nodes: "first day at the sea"')
    expect(say({ what: 'broadcast', event, peers: 1 })).toContain('sent to 1 node:')
  })

  test('a like names the post that it likes', () => {
    const say = line()
    const post = signed(ME, draft.post('first day at the sea'))
    say({ what: 'published', event: post, broadcast: true, to: [] })
    say(aliceProfile())
    expect(say(received(signed(ALICE, draft.like(post))))).toBe(
      `like from alice (${shortNpub(ALICE.pubkey)}) on your post "first day at the sea"`,
    )
  })

  test('a reply is told from a post, on its way, delivered, waiting, given up', () => {
    const say = line()
    say(received(signed(BOB, draft.profile('bob', ''))))
    const event = signed(ME, draft.reply(signed(BOB, draft.post('?')), 'yes'))
    const bob = `bob (${shortNpub(BOB.pubkey)})`
    expect(say({ what: 'published', event, broadcast: false, to: [BOB.pubkey] })).toBe(
      `reply by you to ${bob} saved, on its way: "yes"`,
    )
    expect(say({ what: 'delivered', event, to: BOB.pubkey, node: '12D3' })).toBe("reply delivered to bob's node")
    const nextTryMs = new Date(2027, 4, 20, 14, 8, 30).getTime()
    expect(say({ what: 'waiting', event, to: BOB.pubkey, nextTryMs, reason: 'x' })).toBe(
      "bob's node is away: 1 reply waits, next try 14:08 or when it returns",
    )
    expect(say({ what: 'expired', event, to: BOB.pubkey })).toBe(
      `reply to ${bob} given up: bob's node did not come back in time`,
    )
  })

  test('what stays at home is said to stay', () => {
    const event = signed(ME, draft.follows([ALICE.pubkey]))
    expect(line()({ what: 'published', event, broadcast: false, to: [] })).toBe('follow list by you saved on this node')
  })

  test('connections are counted', () => {
    const say = line()
    expect(say({ what: 'peer-connected', peer: 'x', owner: BOB.pubkey, peers: 1 })).toBe(
      `connected to ${shortNpub(BOB.pubkey)}'s node, 1 node now`,
    )
    expect(say({ what: 'peer-disconnected', peer: 'x', owner: null, peers: 0 })).toBe(
      'disconnected from a node without an owner, 0 nodes left',
    )
    expect(say({ what: 'peer-connected', peer: 'x', owner: ME.pubkey, peers: 2 })).toContain('your other node')
  })

  test('a bootstrap that cannot be reached is said once, until it is connected', () => {
    const say = line()
    const bootstrap = (state: 'connected' | 'unreachable'): Activity => ({
      what: 'bootstrap',
      address: '/dns/example.org/tcp/8888',
      state,
      reason: state === 'connected' ? '' : 'connection refused',
    })
    expect(say(bootstrap('unreachable'))).toBe(
      'bootstrap example.org:8888 cannot be reached (connection refused); this node keeps trying and says when it is connected',
    )
    expect(say(bootstrap('unreachable'))).toBeUndefined()
    expect(say(bootstrap('connected'))).toBe('bootstrap example.org:8888 connected')
    expect(say(bootstrap('unreachable'))).toContain('cannot be reached')
  })

  test('a claim is told', () => {
    expect(line()({ what: 'claimed', owner: ME.pubkey })).toContain('this node belongs to npub1')
  })

  test('names and posts of the network cannot move the cursor or turn the line around', () => {
    const say = line()
    say(received(signed(ALICE, draft.profile('al\u001b[2Jice\u202e\u0007', ''))))
    const text = say(received(signed(ALICE, draft.post('\u001b]0;title\u0007\u2066a\u200bb\u009b31m\r\nc'))))
    expect(text).toBe(`post from al[2Jice (${shortNpub(ALICE.pubkey)}): "]0;titleab31m c"`)
  })
})

describe('plain text', () => {
  test('is cut at whole characters', () => {
    expect(plain('👍'.repeat(20), 5)).toBe('👍👍👍👍…')
    expect(plain('short', 5)).toBe('short')
    expect(plain('x'.repeat(100_000), 10)).toBe(`${'x'.repeat(9)}…`)
  })

  test('does not let marks pile up', () => {
    expect(plain(`a${'\u0301'.repeat(50)}`, 10)).toBe('a\u0301\u0301')
  })

  test('a path in the home directory is shortened, one beside it is not', () => {
    expect(shortPath('/home/ann/x', '/home/ann')).toBe('~/x')
    expect(shortPath('/home/anna/x', '/home/ann')).toBe('/home/anna/x')
  })
})

describe('live lines', () => {
  /** A clock that stands until the test lets the waiting tasks run. */
  function standingClock(): Clock & { run(): void } {
    const tasks = new Set<() => void>()
    return {
      nowMs: () => new Date(2027, 4, 20, 14, 2, 11).getTime(),
      after(_delayMs, task) {
        tasks.add(task)
        return () => tasks.delete(task)
      },
      run() {
        for (const task of tasks) {
          tasks.delete(task)
          task()
        }
      },
    }
  }
  const say = (activity: Activity) => activity.what

  test('have a clock column', () => {
    const surroundings = testSurroundings()
    const live = createLiveLines({
      out: surroundings.out,
      line: say,
      ink: createInk(false, {}),
      clock: standingClock(),
    })
    live.show({ what: 'claimed', owner: ME.pubkey })
    expect(surroundings.printed.out).toBe('14:02:11  claimed\n')
  })

  test('of a flood are counted instead of printed, second by second', () => {
    const surroundings = testSurroundings()
    const clock = standingClock()
    const live = createLiveLines({ out: surroundings.out, line: say, ink: createInk(false, {}), clock })
    for (let i = 0; i < 1_000; i++) live.show({ what: 'claimed', owner: ME.pubkey })
    clock.run()
    const lines = surroundings.printed.out.trimEnd().split('\n')
    expect(lines).toHaveLength(26)
    expect(lines.at(-1)).toBe('14:02:11  and 975 more events in the same second')
    live.show({ what: 'claimed', owner: ME.pubkey })
    expect(surroundings.printed.out.trimEnd().split('\n')).toHaveLength(27)
  })
})

describe('log', () => {
  const at = { nowMs: () => new Date(2027, 4, 20, 14, 2, 11).getTime() }

  test('prints everything with -d and only what went wrong without', () => {
    for (const debug of [true, false]) {
      const { err, printed } = testSurroundings()
      const log = createConsoleLog(err, { debug, ink: createInk(false, {}), clock: at })
      log('debug', 'dialled', { peer: 'x\u001b[2J', tries: 2, gone: undefined })
      log('info', 'listening')
      log('warn', 'disk is slow')
      const details = '14:02:11  debug dialled peer=x[2J tries=2\n14:02:11  info  listening\n'
      expect(printed.err).toBe(`${debug ? details : ''}14:02:11  warn  disk is slow\n`)
    }
  })
})

describe('the owner and the nodes of the owner', () => {
  const say = createActivityLine(() => ME.pubkey)
  const expires = '2027-05-20T10:00:00.000Z'
  const copied = (event: NostrEvent): Activity => ({ what: 'received', event, via: 'own-node', peer: '12D3KooW' })

  test.each<[Activity & { what: 'binding' }, RegExp]>([
    [{ what: 'binding', state: 'valid', expires }, /^binding signed: this node is yours until 2027-05-20/],
    [{ what: 'binding', state: 'expires-soon', expires }, /ends on 2027-05-20: run "nostrp2p bind"/],
    [{ what: 'binding', state: 'withdrawn', expires: null }, /^you have withdrawn this node.*"nostrp2p bind"/],
    [{ what: 'binding', state: 'none', expires: null }, /has ended: run "nostrp2p bind"/],
  ])('how it stands with the binding: $state', (activity, words) => {
    expect(say(activity)).toMatch(words)
  })

  test.each<[Activity & { what: 'reachability' }, string | undefined]>([
    [
      { what: 'reachability', state: 'public', addresses: ['/ip4/203.0.113.9/tcp/20000'], relays: [] },
      'others reach this node at 203.0.113.9:20000; it helps those that cannot be reached',
    ],
    [
      { what: 'reachability', state: 'mapped', addresses: ['/ip6/2001:db8::9/tcp/4000'], relays: [] },
      'others reach this node at [2001:db8::9]:4000: the router lets them in',
    ],
    [
      { what: 'reachability', state: 'relayed', addresses: [], relays: ['12D3KooW', '12D3KooX'] },
      'the router lets nobody in; others reach this node through 2 relays',
    ],
    [
      { what: 'reachability', state: 'unreachable', addresses: [], relays: [] },
      'the router lets nobody in, and no relay has a place yet; this node gets what is public and asks on',
    ],
    [{ what: 'reachability', state: 'unknown', addresses: [], relays: [] }, undefined],
  ])('whether others get in: $state', (activity, words) => {
    expect(say(activity)).toBe(words)
  })

  test('what came from another node of the owner says so when it is the owner’s, and names the author otherwise', () => {
    expect(say(copied(signed(ME, draft.post('hello'))))).toBe('post by you came from your other node: "hello"')
    expect(say(copied(signed(ALICE, draft.post('hello'))))).toMatch(/^post from npub1/)
    expect(say({ what: 'copied', peer: '12D3KooW', events: 300 })).toBe('300 events came from your other node')
  })
})

describe('colour', () => {
  test('is for terminals, and never against NO_COLOR', () => {
    expect(createInk(true, {}).accent('x')).toBe('\u001b[36mx\u001b[0m')
    expect(createInk(false, {}).accent('x')).toBe('x')
    expect(createInk(true, { NO_COLOR: '1' }).accent('x')).toBe('x')
    expect(createInk(true, { NO_COLOR: '' }).accent('x')).not.toBe('x')
    expect(createInk(true, { TERM: 'dumb' }).quiet('x')).toBe('x')
  })
})

test('the clock column has two digits everywhere', () => {
  expect(clockTime(new Date(2027, 0, 1, 3, 4, 5).getTime())).toBe('03:04:05')
})
