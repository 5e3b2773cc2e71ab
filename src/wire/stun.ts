/** STUN binding (RFC 8489): as much as it takes to tell a node behind NAT from which address its packets come. */

/** An address and port, as text and number. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

const HEADER_BYTES = 20
const TRANSACTION_BYTES = 12
const BINDING_REQUEST = 0x0001
const BINDING_SUCCESS = 0x0101
/** RFC 8489 §5: tells STUN from whatever else arrives at a port. */
const MAGIC_COOKIE = 0x2112a442
/** RFC 8489 §14.2. */
const XOR_MAPPED_ADDRESS = 0x0020
/** RFC 8489 §14.14; its text is passed over by whoever reads it. */
const SOFTWARE = 0x8022
const FAMILY_IP4 = 1
const FAMILY_IP6 = 2
/** As large as the largest answer, so that a responder that never answers more than it was asked can answer it. */
const REQUEST_BYTES = 44

/** A binding request, padded by a SOFTWARE attribute to the size of the largest answer. */
export function encodeStunRequest(transaction: Uint8Array): Uint8Array {
  if (transaction.length !== TRANSACTION_BYTES) throw new RangeError('a STUN transaction id has 12 bytes')
  const bytes = Buffer.alloc(REQUEST_BYTES)
  writeHeader(bytes, BINDING_REQUEST, transaction)
  bytes.writeUInt16BE(SOFTWARE, HEADER_BYTES)
  bytes.writeUInt16BE(REQUEST_BYTES - HEADER_BYTES - 4, HEADER_BYTES + 2)
  bytes.fill(' ', HEADER_BYTES + 4)
  return bytes
}

/** The transaction id of a binding request; undefined for anything else. Attributes are passed over. */
export function readStunRequest(bytes: Uint8Array): Uint8Array | undefined {
  return readHeader(bytes, BINDING_REQUEST)
}

/** A success response with XOR-MAPPED-ADDRESS and nothing else: 32 bytes for IPv4, 44 for IPv6. */
export function encodeStunResponse(transaction: Uint8Array, { address, port }: Endpoint): Uint8Array {
  const ip = ipBytes(address)
  const bytes = Buffer.alloc(HEADER_BYTES + 8 + ip.length)
  writeHeader(bytes, BINDING_SUCCESS, transaction)
  bytes.writeUInt16BE(XOR_MAPPED_ADDRESS, HEADER_BYTES)
  bytes.writeUInt16BE(4 + ip.length, HEADER_BYTES + 2)
  bytes[HEADER_BYTES + 5] = ip.length === 4 ? FAMILY_IP4 : FAMILY_IP6
  bytes.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), HEADER_BYTES + 6)
  bytes.set(masked(ip, bytes), HEADER_BYTES + 8)
  return bytes
}

/** Where the responder saw the request come from; undefined when this is not the answer to that request. */
export function readStunResponse(bytes: Uint8Array, transaction: Uint8Array): Endpoint | undefined {
  const answered = readHeader(bytes, BINDING_SUCCESS)
  if (answered === undefined || !Buffer.from(answered).equals(transaction)) return undefined
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = HEADER_BYTES; at + 4 <= view.length; ) {
    const length = view.readUInt16BE(at + 2)
    if (view.readUInt16BE(at) === XOR_MAPPED_ADDRESS && at + 4 + length <= view.length)
      return readMapped(view.subarray(at + 4, at + 4 + length), view)
    at += 4 + Math.ceil(length / 4) * 4
  }
  return undefined
}

function readMapped(value: Buffer, message: Buffer): Endpoint | undefined {
  const length = value[1] === FAMILY_IP4 ? 4 : value[1] === FAMILY_IP6 ? 16 : 0
  if (length === 0 || value.length !== 4 + length) return undefined
  const ip = masked(value.subarray(4), message)
  return { address: ipText(ip), port: value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16) }
}

function writeHeader(bytes: Buffer, type: number, transaction: Uint8Array): void {
  bytes.writeUInt16BE(type, 0)
  bytes.writeUInt16BE(bytes.length - HEADER_BYTES, 2)
  bytes.writeUInt32BE(MAGIC_COOKIE, 4)
  bytes.set(transaction, HEADER_BYTES - TRANSACTION_BYTES)
}

function readHeader(bytes: Uint8Array, type: number): Uint8Array | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isWhole = view.readUInt16BE(2) === view.length - HEADER_BYTES && view.length % 4 === 0
  if (view.readUInt16BE(0) !== type || view.readUInt32BE(4) !== MAGIC_COOKIE || !isWhole) return undefined
  return Uint8Array.from(view.subarray(HEADER_BYTES - TRANSACTION_BYTES, HEADER_BYTES))
}

/** The address combined with cookie and transaction id of the message: routers rewrite plain addresses in packets. */
function masked(ip: Uint8Array, message: Buffer): Uint8Array {
  return ip.map((byte, i) => byte ^ message[4 + i]!)
}

function ipBytes(address: string): Uint8Array {
  // A socket for both families names an IPv4 peer in the form of IPv6.
  const text = address.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '')
  if (!text.includes(':')) return Uint8Array.from(text.split('.'), Number)
  const [head = '', tail] = text.split('::')
  const front = groups(head)
  const back = groups(tail ?? '')
  const zeros = new Array<number>(tail === undefined ? 0 : 8 - front.length - back.length).fill(0)
  return Uint8Array.from([...front, ...zeros, ...back].flatMap(group => [group >> 8, group & 0xff]))
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16))
}

function ipText(ip: Uint8Array): string {
  if (ip.length === 4) return ip.join('.')
  const words = Array.from({ length: 8 }, (_, i) => ((ip[i * 2]! << 8) | ip[i * 2 + 1]!).toString(16))
  // The standard form, with the longest run of zeros left out, is what URL writes.
  return new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1)
}
