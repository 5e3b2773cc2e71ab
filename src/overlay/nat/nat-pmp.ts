/** NAT-PMP (RFC 6886): asks the router for its outer address, and to let others in at a port. */
import { createSocket } from 'node:dgram'

export interface PmpMapping {
  /** The router's outer IPv4 address. */
  readonly address: string
  readonly port: number
  readonly lifetimeSeconds: number
}

const SERVER_PORT = 5351
const ADDRESS = 0
const OPCODES = { udp: 1, tcp: 2 } as const
/** §3.1: each question goes out again after a wait that doubles; nine times would take a minute. */
const RESEND_MS = [0, 250, 750, 1_750] as const
const GIVE_UP_MS = 3_500

/**
 * @param router IPv4 address
 * @param lifetimeSeconds 0 takes the mapping away
 * @throws when the router does not answer within 3.5 s or refuses
 */
export async function mapByPmp(
  router: string,
  protocol: keyof typeof OPCODES,
  port: number,
  lifetimeSeconds: number,
  serverPort = SERVER_PORT,
): Promise<PmpMapping> {
  const address = await ask(router, serverPort, Buffer.from([0, ADDRESS]), 12)
  const request = Buffer.alloc(12)
  request[1] = OPCODES[protocol]
  request.writeUInt16BE(port, 4)
  request.writeUInt16BE(lifetimeSeconds === 0 ? 0 : port, 6)
  request.writeUInt32BE(lifetimeSeconds, 8)
  const reply = await ask(router, serverPort, request, 16)
  return {
    address: address.subarray(8, 12).join('.'),
    port: reply.readUInt16BE(10),
    lifetimeSeconds: reply.readUInt32BE(12),
  }
}

async function ask(router: string, port: number, request: Buffer, replyBytes: number): Promise<Buffer> {
  const socket = createSocket('udp4')
  const timers: NodeJS.Timeout[] = []
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  socket.on('error', reject)
  socket.on('message', (reply, source) => {
    // §3.2: the answer has the opcode of the question with the highest bit set; anything else is not for us.
    if (source.address !== router || reply.length < 4 || reply[0] !== 0 || reply[1] !== request[1]! + 128) return
    const result = reply.readUInt16BE(2)
    if (result !== 0) reject(new Error(`the router refuses (NAT-PMP result ${result})`))
    else if (reply.length >= replyBytes) resolve(reply)
  })
  for (const ms of RESEND_MS) timers.push(setTimeout(() => socket.send(request, port, router), ms))
  timers.push(setTimeout(() => reject(new Error('the router does not speak NAT-PMP')), GIVE_UP_MS))
  try {
    return await promise
  } finally {
    for (const timer of timers) clearTimeout(timer)
    socket.close()
  }
}
