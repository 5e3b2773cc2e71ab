/** What the page decides by itself about being away: whether it fits the node, which page to name, what has to wait. */
import { describe, expect, it } from 'vitest'
import type { Call } from '../../../src/web/node/call.ts'
import type { Trouble } from '../../../src/web/node/trouble.ts'
import { clientSidesOf, findPublicPage, ownPage } from '../../../src/web/state/page-address.ts'
import { createPageVersion } from '../../../src/web/state/page-version.ts'
import { whenDirect } from '../../../src/web/state/when-direct.ts'
import type { WayKind } from '../../../src/web/way/way.ts'
import { until } from '../../support/until.ts'

describe('a page and its node', () => {
  /** Of the second interface, at a node that answers so. */
  function pageAt(answers: Readonly<Record<string, unknown>>) {
    const asked: string[] = []
    const call: Call = async path => {
      asked.push(path)
      return path in answers ? Response.json(answers[path]) : { trouble: 'away' }
    }
    let kind: WayKind | undefined = 'direct'
    const version = createPageVersion({ call, own: './assets/mine.js', kind: () => kind, api: 2 })
    return {
      version,
      asked,
      async check(by: WayKind) {
        kind = by
        const before = asked.length
        version.check()
        await until('an answer', () => asked.length > before)
        await new Promise(setImmediate)
        return version.fault.value
      },
    }
  }

  it('fit when they speak the same interface, wherever the page comes from', async () => {
    expect(await pageAt({ '/version': { api: 2, program: '9.9.9' } }).check('circuit')).toBeUndefined()
    expect(await pageAt({ '/version': { api: 3 } }).check('direct')).toBe('old')
    expect(await pageAt({ '/version': { api: 1 } }).check('home')).toBe('new')
    expect(await pageAt({ '/version': { api: 'x' } }).check('direct')).toBeUndefined()
    expect(await pageAt({}).check('direct')).toBeUndefined()
  })

  it('are asked again when the way has changed, and not before', async () => {
    const { version, asked, check } = pageAt({ '/version': { api: 3 }, '/files.json': { paths: ['./assets/mine.js'] } })
    expect(await check('direct')).toBe('old')
    version.check()
    expect(asked).toEqual(['/version'])
    expect(await check('origin'), 'at home the page is that of the node').toBeUndefined()
    expect(asked).toEqual(['/version', '/files.json'])
  })
})

it('the page that another device opens is this one where that one may do everything there', () => {
  const at = (url: string) => ownPage(new URL(url))
  expect(at('https://pages.example/nostrp2p/#/settings/devices')).toBe('https://pages.example/nostrp2p/')
  expect(at('https://node.example/k/0123456789abcdef/')).toBe('https://node.example/')
  expect(at('http://192.168.1.5:20001/')).toBeUndefined()
  expect(at('https://localhost:20001/')).toBeUndefined()
  expect(at('https://127.0.0.1:20001/')).toBeUndefined()
})

it('a public node is asked for its page where its client side is right below its door for browsers', async () => {
  const addresses = [
    '/ip4/203.0.113.7/tcp/20002/ws/p2p/A',
    '/ip4/203.0.113.7/udp/20002/webrtc-direct/certhash/uEi/p2p/A',
    '/ip4/203.0.113.7/tcp/20000/p2p/A',
    '/dns/node.example/tcp/443/tls/ws/p2p/B',
    '/ip6/2001:db8::1/tcp/20002/ws/p2p/C',
  ]
  expect(clientSidesOf(addresses)).toEqual([
    'http://203.0.113.7:20001',
    'https://node.example:442',
    'http://[2001:db8::1]:20001',
  ])
  const answers: Readonly<Record<string, unknown>> = {
    'http://203.0.113.7:20001/version': { isPublicPage: false, api: 1 },
    'http://[2001:db8::1]:20001/version': { isPublicPage: true, api: 1 },
  }
  expect(await findPublicPage(addresses, async url => answers[url])).toBe('http://[2001:db8::1]:20001/')
  expect(await findPublicPage(addresses, async () => undefined)).toBeUndefined()
})

describe('what is large', () => {
  const refused: Trouble = { trouble: 'refused', status: 413, code: 'direct-needed' }

  it('waits for a direct way, and again when it is a circuit by then', async () => {
    const told: string[] = []
    const answers = [refused, 'all of it']
    const ways = {
      async direct() {
        told.push('direct')
        return true
      },
    }
    const done = await whenDirect(ways, new AbortController().signal, async () => {
      told.push('asked')
      return answers.shift()!
    })
    expect(done).toBe('all of it')
    expect(told).toEqual(['direct', 'asked', 'direct', 'asked'])
  })

  it('is not begun when nobody wants it any more, and not tried for ever', async () => {
    const never = { direct: async () => false }
    let asked = 0
    const ask = async () => {
      asked++
      return refused
    }
    expect(await whenDirect(never, AbortSignal.abort(), ask)).toEqual({ trouble: 'away' })
    expect(asked).toBe(0)
    expect(await whenDirect({ direct: async () => true }, new AbortController().signal, ask)).toBe(refused)
    expect(asked).toBeGreaterThan(1)
  })

  it('is told of any other trouble at once', async () => {
    const busy: Trouble = { trouble: 'busy' }
    let asked = 0
    const done = await whenDirect({ direct: async () => true }, new AbortController().signal, async () => {
      asked++
      return busy
    })
    expect([done, asked]).toEqual([busy, 1])
  })
})
