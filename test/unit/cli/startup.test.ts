import { describe, expect, test } from 'vitest'
import { createInk } from '../../../src/cli/ink.ts'
import { loadQrCode } from '../../../src/cli/qr-code.ts'
import { type StartFacts, startText } from '../../../src/cli/startup.ts'

const NPUB = 'npub1dfrk5kp7cgekmqx8wvummsskn87da6clrzug0536x3gek7qm3g0s7h3rga'
const FACTS: StartFacts = {
  version: '0.1.0',
  owner: NPUB,
  ownerPeerId: '16Uiu2HAmOwner',
  node: '12D3KooWNode',
  bindingExpires: '2027-05-20T10:00:00.000Z',
  overlay: ['/ip4/127.0.0.1/tcp/20000/p2p/12D3KooWNode', '/ip4/192.168.1.9/tcp/20000/p2p/12D3KooWNode'],
  clientOrigin: 'http://127.0.0.1:20001',
  clientUrl: 'http://127.0.0.1:20001/k/tokentoken',
  claimUrl: null,
  dataDir: '/home/ann/.local/share/nostrp2p/default',
  writable: true,
  bootstraps: [],
  peers: 0,
}

function text(
  facts: Partial<StartFacts>,
  options: { lanHost?: string; qrCode?: (url: string) => string } = {},
): string {
  return startText(
    { ...FACTS, ...facts },
    { ink: createInk(false, {}), homeDir: '/home/ann', lanHost: options.lanHost, qrCode: options.qrCode ?? (() => '') },
  )
}

describe('what a started node prints', () => {
  test('has aligned labels for all that a person needs', () => {
    expect(text({})).toBe(`nostrp2p 0.1.0

  owner     ${NPUB}
            (claimed, binding valid until 2027-05-20)
  peer ID   16Uiu2HAmOwner  the owner's
  node      12D3KooWNode
  overlay   /ip4/127.0.0.1/tcp/20000
            /ip4/192.168.1.9/tcp/20000
  client    http://127.0.0.1:20001/k/tokentoken
            this machine only; with -l 0.0.0.0:20000 a phone reaches it too
  data      ~/.local/share/nostrp2p/default
  network   no bootstrap given (-b): waiting for other nodes to connect

`)
  })

  test('an owner without a binding is called unproven', () => {
    expect(text({ bindingExpires: null })).toContain("(unproven: others take this node's word for its owner")
  })

  test('an unclaimed node shows its claim address and what to do, and no client URL', () => {
    const claimUrl = 'http://127.0.0.1:20001/k/claimclaim'
    const unclaimed = text({ owner: null, ownerPeerId: null, bindingExpires: null, claimUrl })
    expect(unclaimed).toContain('owner     nobody yet: this node is unclaimed')
    expect(unclaimed).toContain(`claim     ${claimUrl}`)
    expect(unclaimed).toContain('start it with -p <your npub>')
    expect(unclaimed).not.toContain('tokentoken')
  })

  test('an unclaimed node that listens everywhere can be claimed from another device', () => {
    const claimUrl = 'http://127.0.0.1:20001/k/claimclaim'
    const unclaimed = text({ owner: null, ownerPeerId: null, claimUrl }, { lanHost: '192.168.1.9' })
    expect(unclaimed).toContain('claim     http://192.168.1.9:20001/k/claimclaim')
    const drawn = (lanHost?: string) => {
      const options = { ...(lanHost !== undefined && { lanHost }), qrCode: (url: string) => `code of ${url}\n` }
      return text({ owner: null, ownerPeerId: null, claimUrl }, options)
    }
    expect(drawn('192.168.1.9')).toContain('  code of http://192.168.1.9:20001/k/claimclaim\n')
    // A phone that scans an address of this machine finds itself.
    expect(drawn()).not.toContain('code of')
  })

  test('a bootstrap node without owner needs none', () => {
    const bootstrap = text({ owner: null, ownerPeerId: null, writable: false })
    expect(bootstrap).toContain('owner     nobody: this node passes on what others post, and takes no posts (-w false)')
    expect(bootstrap).not.toContain('claim ')
  })

  test('a node that listens everywhere shows the address for other devices first', () => {
    const url = 'http://192.168.1.9:20001/k/tokentoken'
    const printed = text({}, { lanHost: '192.168.1.9', qrCode: of => `[code of ${of}]\n` })
    expect(printed).toContain(`client    ${url}\n            scan to pair a phone:\n  [code of ${url}]\n`)
    expect(printed).toContain('http://127.0.0.1:20001/k/tokentoken  from this machine')
  })

  test('no QR code leads a phone to its own loopback', () => {
    expect(text({}, { qrCode: () => 'CODE' })).not.toContain('CODE')
  })

  test('the state of each bootstrap is said in words', () => {
    const bootstraps: StartFacts['bootstraps'] = [
      { address: '/ip4/10.0.0.1/tcp/20000', state: 'connected', lastError: '' },
      { address: '/dns/example.org/tcp/8888', state: 'unreachable', lastError: 'connection\u001b refused' },
      { address: '/ip6/::1/tcp/1', state: 'connecting', lastError: '' },
    ]
    expect(text({ bootstraps, peers: 2 })).toContain(
      'network   10.0.0.1:20000 connected; example.org:8888 cannot be reached (connection refused), still trying; [::1]:1 joining through it …, 2 nodes connected',
    )
  })
})

test('a QR code is a square of half blocks', async () => {
  const draw = await loadQrCode()
  const lines = draw('http://192.168.1.9:20001/k/tokentoken').trimEnd().split('\n')
  expect(lines.length).toBeGreaterThan(10)
  expect(new Set(lines.map(line => line.length)).size).toBe(1)
  expect(lines.join('')).toMatch(/^[█▀▄ ]+$/)
})
