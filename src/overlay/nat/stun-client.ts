/** Asks STUN responders from one UDP port where they see it: whether answers agree tells the kind of NAT (RFC 4787 §4.1). */
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { type Endpoint, encodeStunRequest, readStunResponse } from '../../wire/stun.ts'
import { scopeOfHost } from '../dial-filter.ts'

export interface StunAnswer {
  readonly responder: Endpoint
  /** Where the responder saw the question come from. */
  readonly seenAs: Endpoint
  readonly roundTripMs: number
}

/**
 * `none`: what the responders see is an address of this machine. `endpoint-independent`: they all see the same one, so a
 * direct way can be opened. `symmetric`: each sees another port. `unknown`: behind NAT, and only one answered. `local`: only
 * nodes of this machine or network answered, which see no router between.
 */
export type NatKind = 'none' | 'endpoint-independent' | 'symmetric' | 'unknown' | 'local'

/** UDP loses packets; each question goes out again after these waits. */
const RESEND_AFTER_MS = [250, 500, 1_000] as const
/** More responders tell nothing more. */
const MAX_RESPONDERS = 8

/**
 * The answers that came before the signal, those of the family of the first responder; none of a responder that is silent.
 * Throws when there is no UDP socket to be had.
 */
export async function askStun(responders: readonly Endpoint[], signal: AbortSignal): Promise<StunAnswer[]> {
  const [first] = responders
  if (first === undefined || signal.aborted) return []
  const isSix = isIPv6(first.address)
  const asked = responders.filter(({ address }) => isIPv6(address) === isSix).slice(0, MAX_RESPONDERS)
  const socket = createSocket(isSix ? 'udp6' : 'udp4')
  try {
    await bound(socket)
    return (await Promise.all(asked.map(responder => askOne(socket, responder, signal)))).flat()
  } finally {
    socket.close()
  }
}

/** What the answers to one port say together; undefined without any. */
export function natKindOf(
  answers: readonly StunAnswer[],
  ownAddresses: readonly string[] = addressesOfThisMachine(),
): NatKind | undefined {
  const [first, ...others] = answers.map(({ seenAs }) => seenAs).filter(seen => scopeOfHost(seen.address) === 'public')
  if (first === undefined) return answers.length === 0 ? undefined : 'local'
  if (ownAddresses.includes(first.address)) return 'none'
  if (others.some(({ address, port }) => address !== first.address || port !== first.port)) return 'symmetric'
  return others.length === 0 ? 'unknown' : 'endpoint-independent'
}

function addressesOfThisMachine(): string[] {
  return Object.values(networkInterfaces()).flatMap(list => list?.map(({ address }) => address) ?? [])
}

function bound(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('error', reject)
  socket.bind(0, () => {
    socket.off('error', reject)
    // Errors of single packets are silence to us; a socket without a listener for them would end the process.
    socket.on('error', () => undefined)
    resolve()
  })
  return promise
}

/** One answer or none. The transaction id is 96 random bits: nobody answers in the responder's place unseen. */
function askOne(socket: Socket, responder: Endpoint, signal: AbortSignal): Promise<StunAnswer[]> {
  const { promise, resolve } = Promise.withResolvers<StunAnswer[]>()
  const transaction = randomBytes(12)
  const request = encodeStunRequest(transaction)
  const startMs = performance.now()
  const timers = new Set<NodeJS.Timeout>()
  const onMessage = (message: Buffer) => {
    const seenAs = readStunResponse(message, transaction)
    if (seenAs !== undefined) end([{ responder, seenAs, roundTripMs: performance.now() - startMs }])
  }
  const onAbort = () => end([])
  const end = (answers: StunAnswer[]) => {
    for (const timer of timers) clearTimeout(timer)
    socket.off('message', onMessage)
    signal.removeEventListener('abort', onAbort)
    resolve(answers)
  }
  socket.on('message', onMessage)
  signal.addEventListener('abort', onAbort)
  // A packet that cannot be sent is a packet that is lost.
  const send = () => socket.send(request, responder.port, responder.address, () => undefined)
  send()
  for (const afterMs of RESEND_AFTER_MS) timers.add(setTimeout(send, afterMs))
  if (signal.aborted) onAbort()
  return promise
}
