/** A body has its time, unless the app lets it take its own. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { startServer } from '../../src/api/server.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { silent } from '../../src/observe/log.ts'
import { createCleanUp } from '../support/clean-up.ts'

const cleanUp = createCleanUp()
afterEach(() => cleanUp.run())

test('a body may take its time only where the app lets it', async () => {
  const read = Promise.withResolvers<string>()
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    requestMs: 100,
    async fetch(request, { unhurried }) {
      if (new URL(request.url).pathname === '/slow') unhurried?.()
      const text = await request.text()
      read.resolve(text)
      return new Response(text)
    },
    clock: systemClock,
    log: silent,
  })
  cleanUp.add(() => server.close())
  const send = (path: string) => {
    const socket = connect(server.port, '127.0.0.1')
    cleanUp.add(() => void socket.destroy())
    socket.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n1`)
    return socket
  }
  const slow = send('/slow')
  await once(send('/quick'), 'close')
  slow.write('2')
  expect(await read.promise).toBe('12')
})
