import { expect, test } from 'vitest'
import type { NodeEntry } from '../../../src/overlay/directory.ts'
import { meetingPoints } from '../../../src/overlay/meeting-points.ts'

const [HOME, RITA, ROB] = [
  '12D3KooWHo1js8E7maLtQmEGxcw7Xh1hsHnDjjWFGUfzafdaL589',
  '12D3KooWHUyeXEpuaqmPuxPdqxHtD8nATCGXrNXKB8jcQjTs1DFx',
  '12D3KooWJ8GuQ2mKtWbcvCv63WSA8mYj7i3hFNS8DjCPcQg1S9yK',
] as const

function directoryOf(known: Readonly<Record<string, readonly string[]>>) {
  const entries = Object.entries(known).map(([id, addresses]) => ({ id, addresses }) as NodeEntry)
  return { get: (id: string) => entries.find(entry => entry.id === id), recent: () => entries }
}

test('D4.3: doors of the relays come first, those of others after them, and TCP at the end', () => {
  const directory = directoryOf({
    [ROB]: ['/ip4/198.51.100.2/tcp/20000', '/ip4/198.51.100.2/tcp/20002/ws'],
    [RITA]: [
      '/ip4/192.168.1.5/tcp/20000',
      '/ip4/198.51.100.1/tcp/20000',
      '/dns/rita.example/tcp/20002/tls/ws',
      '/ip4/198.51.100.1/tcp/20002/ws',
    ],
    nobody: ['/ip4/198.51.100.9/tcp/20000'],
  })
  const circuit = `/ip4/198.51.100.1/tcp/20000/p2p/${RITA}/p2p-circuit/p2p/${HOME}`
  expect(meetingPoints({ own: [circuit], relays: [RITA], directory })).toEqual([
    `/dns/rita.example/tcp/20002/tls/ws/p2p/${RITA}`,
    `/ip4/198.51.100.2/tcp/20002/ws/p2p/${ROB}`,
    `/ip4/198.51.100.1/tcp/20002/ws/p2p/${RITA}`,
    `/ip4/198.51.100.1/tcp/20000/p2p/${RITA}`,
    `/ip4/198.51.100.2/tcp/20000/p2p/${ROB}`,
  ])
})

test('D4.3: a node that browsers reach leads to itself', () => {
  const own = [`/ip4/198.51.100.7/tcp/20000/p2p/${HOME}`, `/ip4/198.51.100.7/tcp/20002/ws/p2p/${HOME}`]
  expect(meetingPoints({ own, relays: [], directory: directoryOf({}) })).toEqual([...own].reverse())
})
