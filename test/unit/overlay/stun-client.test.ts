import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { askStun, natKindOf } from '../../../src/overlay/nat/stun-client.ts'
import { type Endpoint, encodeStunResponse, readStunRequest } from '../../../src/wire/stun.ts'
import { useCleanUp } from '../../support/clean-up.ts'

const cleanUp = useCleanUp()

/** A responder on loopback; `seen` changes what it says, `deafFor` is how many questions it loses. */
async function startResponder(
  options: { seen?: (real: Endpoint) => Endpoint; deafFor?: number; transaction?: (id: Uint8Array) => Uint8Array } = {},
): Promise<{ endpoint: Endpoint; questions: () => number; socket: Socket }> {
  const { seen = real => real, deafFor = 0, transaction = id => id } = options
  const socket = createSocket('udp4')
  let questions = 0
  socket.on('message', (message, from) => {
    const id = readStunRequest(message)
    if (id === undefined || ++questions <= deafFor) return
    socket.send(encodeStunResponse(transaction(id), seen(from)), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  cleanUp.add(() => socket.close())
  return { endpoint: { address: '127.0.0.1', port: socket.address().port }, questions: () => questions, socket }
}

describe('asking STUN responders', () => {
  it('asks all from one port, so that two see the same one', async () => {
    const responders = [await startResponder(), await startResponder()]
    const answers = await askStun(
      responders.map(({ endpoint }) => endpoint),
      AbortSignal.timeout(5_000),
    )
    expect(answers.map(({ responder }) => responder)).toEqual(responders.map(({ endpoint }) => endpoint))
    expect(answers[0]!.seenAs).toEqual(answers[1]!.seenAs)
    expect(natKindOf(answers)).toBe('local')
  })

  it('asks again when a packet was lost', async () => {
    const responder = await startResponder({ deafFor: 1 })
    expect(await askStun([responder.endpoint], AbortSignal.timeout(5_000))).toHaveLength(1)
    expect(responder.questions()).toBe(2)
  })

  it('ends at the signal, with the answers that came', async () => {
    const silent = await startResponder({ deafFor: Number.POSITIVE_INFINITY })
    const responder = await startResponder()
    const answers = await askStun([silent.endpoint, responder.endpoint], AbortSignal.timeout(300))
    expect(answers.map(({ responder: { port } }) => port)).toEqual([responder.endpoint.port])
    expect(await askStun([], AbortSignal.timeout(1))).toEqual([])
    expect(await askStun([responder.endpoint], AbortSignal.abort())).toEqual([])
  })

  it('takes no answer to another question', async () => {
    const liar = await startResponder({ transaction: id => id.map(byte => byte ^ 1) })
    expect(await askStun([liar.endpoint], AbortSignal.timeout(200))).toEqual([])
  })
})

describe('the kind of NAT', () => {
  const seenAs = (...endpoints: string[]) =>
    endpoints.map(text => {
      const [address = '', port] = text.split(' ')
      return { responder: { address: '203.0.113.1', port: 1 }, seenAs: { address, port: Number(port) }, roundTripMs: 1 }
    })

  it.each([
    [['127.0.0.1 5000', '192.168.1.2 5001'], 'local'],
    [['11.0.0.1 5000', '11.0.0.1 5000'], 'none'],
    [['127.0.0.1 5000', '198.51.100.7 5000'], 'unknown'],
    [['198.51.100.7 5000', '198.51.100.7 5000'], 'endpoint-independent'],
    [['198.51.100.7 5000', '198.51.100.7 5001'], 'symmetric'],
    [['198.51.100.7 5000', '198.51.100.8 5000'], 'symmetric'],
    [['198.51.100.7 5000'], 'unknown'],
    [[], undefined],
  ])('seen as %j is %s', (endpoints, kind) => {
    expect(natKindOf(seenAs(...endpoints), ['192.168.1.2', '11.0.0.1'])).toBe(kind)
  })
})
