/** Answers STUN binding requests on UDP, so that nodes behind NAT need no third party to learn their outer address. */
import { createSocket, type RemoteInfo } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Clock } from '../../observe/clock.ts'
import type { Counters } from '../../observe/counters.ts'
import type { Logger } from '../../observe/log.ts'
import { messageOf } from '../../observe/log.ts'
import { encodeStunResponse, readStunRequest } from '../../wire/stun.ts'
import { createQuotas } from '../quota.ts'
import { networkOf } from './half-open.ts'

export interface StunResponder {
  readonly port: number
  close(): void
}

export interface StunResponderParts {
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Logger
}

/** A browser asks with the bare header: over IPv4 a packet of 48 bytes, answered by one of 60. */
const MAX_GAIN_BYTES = 12

/**
 * Listens on UDP (specification/overlay.md O13). A question much shorter than its answer, or beyond the bounds by source
 * and in total, gets none: a forged source address gains next to nothing.
 * @throws when the port cannot be listened on
 */
export async function startStunResponder(
  { host, port }: { readonly host: string; readonly port: number },
  { clock, counters, log }: StunResponderParts,
): Promise<StunResponder> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  // Of its own: a flood with forged sources must not push out the buckets of the peers.
  const quotas = createQuotas(clock)
  const verdictOn = (question: Buffer, source: RemoteInfo): 'answered' | 'no question' | 'too short' | 'too many' => {
    const transaction = readStunRequest(question)
    if (transaction === undefined) return 'no question'
    const answer = encodeStunResponse(transaction, source)
    if (answer.length > question.length + MAX_GAIN_BYTES) return 'too short'
    if (!quotas.take('stun', networkOf(source.address)) || !quotas.take('stunTotal', '')) return 'too many'
    socket.send(answer, source.port, source.address, error => {
      if (error !== null) log('debug', 'a STUN answer could not be sent', { reason: messageOf(error) })
    })
    return 'answered'
  }
  socket.on('message', (question, source) => counters.add('stun', verdictOn(question, source)))
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, host, resolve)
  })
  socket.removeAllListeners('error')
  socket.on('error', error => log('warn', 'the STUN responder has a fault', { reason: messageOf(error) }))
  socket.unref()
  return { port: socket.address().port, close: () => void socket.close() }
}
