import { describe, expect, it } from 'vitest'
import { type LiveSocket, startLive } from '../../../src/web/node/live.ts'
import { liveUrl } from '../../../src/web/way/origin-way.ts'

function stage() {
  const sockets: (LiveSocket & { sent: string[]; isClosed: boolean })[] = []
  const waits: { work: () => void; ms: number }[] = []
  let news = 0
  const live = startLive({
    onNews: () => {
      news++
    },
    open() {
      const socket = {
        sent: [] as string[],
        isClosed: false,
        onopen: null,
        onmessage: null,
        onclose: null,
        send: (text: string) => void socket.sent.push(text),
        close() {
          socket.isClosed = true
          ;(socket as LiveSocket).onclose?.()
        },
      }
      sockets.push(socket)
      return socket
    },
    wait(work, ms) {
      const wait = { work, ms }
      waits.push(wait)
      return () => void waits.splice(waits.indexOf(wait), waits.includes(wait) ? 1 : 0)
    },
  })
  const say = (...message: unknown[]) => sockets.at(-1)!.onmessage?.({ data: JSON.stringify(message) })
  const run = () => {
    const { work, ms } = waits.shift()!
    work()
    return ms
  }
  return { live, sockets, waits, say, run, news: () => news }
}

describe('live news', () => {
  it('asks for no stored events, and turns events that come together into one pull', () => {
    const { live, sockets, say, run, waits, news } = stage()
    live.listen(true)
    sockets[0]!.onopen?.()
    expect(JSON.parse(sockets[0]!.sent[0]!)).toEqual(['REQ', 'news', { limit: 0 }])
    say('EOSE', 'news')
    expect(waits).toHaveLength(0)
    say('EVENT', 'news', {})
    say('EVENT', 'news', {})
    expect(waits).toHaveLength(1)
    run()
    expect(news()).toBe(1)
  })

  it('comes back after each loss, slower every time, and pulls what it may have missed', () => {
    const { live, sockets, say, run, news } = stage()
    live.listen(true)
    const waited: number[] = []
    for (let i = 0; i < 9; i++) {
      sockets.at(-1)!.onclose?.()
      waited.push(run())
    }
    expect(waited).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
    say('EOSE', 'news')
    run()
    expect(news()).toBe(1)
    sockets.at(-1)!.onclose?.()
    expect(run()).toBe(1_000)
  })

  it('ends when nobody looks, and what a closed socket still says counts for nothing', () => {
    const { live, sockets, waits, say, news } = stage()
    live.listen(true)
    say('EVENT', 'news', {})
    live.listen(false)
    expect(sockets[0]!.isClosed).toBe(true)
    say('EVENT', 'news', {})
    expect(waits).toHaveLength(0)
    expect(news()).toBe(0)
    live.listen(true)
    expect(sockets).toHaveLength(2)
  })

  it('does not mind nonsense, and leaves a node that gives it nothing', () => {
    const { live, sockets, waits, say } = stage()
    live.listen(true)
    for (const data of [undefined, new ArrayBuffer(3), '', '[', '["NOTICE","x"]', '{"EVENT":1}']) {
      sockets[0]!.onmessage?.({ data })
    }
    expect(waits).toHaveLength(0)
    say('CLOSED', 'news', 'auth-required: who are you?')
    expect(sockets[0]!.isClosed).toBe(true)
    expect(waits.map(({ ms }) => ms)).toEqual([1_000])
  })

  it('has the token in its path, for a browser gives it no header', () => {
    expect(liveUrl('https://node:1', 'abc')).toBe('wss://node:1/k/abc/')
    expect(liveUrl('http://node:1', undefined)).toBe('ws://node:1/')
  })
})
