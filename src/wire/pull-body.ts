/** The MessagePack body of `/req`, as the original's phone client reads it (specification/rest-api.md, "Pull body"). */
import type { NostrEvent } from '../event/event.ts'

/**
 * `{Evts: [{Id: bin32, Pubkey: bin32, Created_at: float64, Kind: uint, Tags: [[bin]], Content: str, Sig: bin64}]}`.
 * `Created_at` is a float64 whatever its value (the client's web build fails on 64-bit integers); no common encoder
 * can be told so per field, hence this writer of one fixed shape.
 *
 * @param late which of the events came late, as their places in `events`: a second key `Late`, for clients that asked
 *   for it; without, the body is the original's to the byte
 */
export function encodePullBody(events: readonly NostrEvent[], late?: readonly number[]): Uint8Array {
  let size = 32 + 3 * (late?.length ?? 0)
  for (const event of events) size += sizeBound(event)
  const writer = new Writer(size)
  writer.byte(FIX_MAP | (late === undefined ? 1 : 2))
  writer.raw(FIELD.Evts)
  writer.arrayHeader(events.length)
  for (const event of events) writeEvent(writer, event)
  if (late !== undefined) {
    writer.raw(FIELD.Late)
    writer.arrayHeader(late.length)
    for (const place of late) writer.uint16(place)
  }
  return writer.done()
}

const FIX_MAP = 0x80
const FIELD = {
  Evts: key('Evts'),
  Late: key('Late'),
  Id: key('Id'),
  Pubkey: key('Pubkey'),
  Created_at: key('Created_at'),
  Kind: key('Kind'),
  Tags: key('Tags'),
  Content: key('Content'),
  Sig: key('Sig'),
}
/** A map of the seven fields of an event. */
const EVENT_MAP = FIX_MAP | 7

function writeEvent(writer: Writer, event: NostrEvent): void {
  writer.byte(EVENT_MAP)
  writer.raw(FIELD.Id)
  writer.hex(event.id)
  writer.raw(FIELD.Pubkey)
  writer.hex(event.pubkey)
  writer.raw(FIELD.Created_at)
  writer.float64(event.created_at)
  writer.raw(FIELD.Kind)
  writer.uint16(event.kind)
  writer.raw(FIELD.Tags)
  writer.arrayHeader(event.tags.length)
  for (const tag of event.tags) {
    writer.arrayHeader(tag.length)
    for (const element of tag) writer.text(element, BIN)
  }
  writer.raw(FIELD.Content)
  writer.text(event.content, STR)
  writer.raw(FIELD.Sig)
  writer.hex(event.sig)
}

/** Fixed parts of one event, and 3 bytes for each UTF-16 unit plus a header for each text. */
function sizeBound(event: NostrEvent): number {
  let size = 256 + event.content.length * 3
  for (const tag of event.tags) {
    size += 5
    for (const element of tag) size += 5 + element.length * 3
  }
  return size
}

function key(name: string): Buffer {
  return Buffer.concat([Buffer.of(0xa0 | name.length), Buffer.from(name)])
}

/** Format bytes for lengths that fit in 8, 16 and 32 bits; `fix` is the one-byte form, where there is one. */
interface TextFormat {
  readonly fix: number | undefined
  readonly sized: readonly [number, number, number]
}
const STR: TextFormat = { fix: 0xa0, sized: [0xd9, 0xda, 0xdb] }
const BIN: TextFormat = { fix: undefined, sized: [0xc4, 0xc5, 0xc6] }

class Writer {
  readonly #bytes: Buffer
  #at = 0

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(size)
  }

  byte(value: number): void {
    this.#at = this.#bytes.writeUInt8(value, this.#at)
  }

  raw(bytes: Buffer): void {
    this.#at += bytes.copy(this.#bytes, this.#at)
  }

  float64(value: number): void {
    this.byte(0xcb)
    this.#at = this.#bytes.writeDoubleBE(value, this.#at)
  }

  uint16(value: number): void {
    if (value < 0x80) this.byte(value)
    else if (value < 0x100) {
      this.byte(0xcc)
      this.byte(value)
    } else {
      this.byte(0xcd)
      this.#at = this.#bytes.writeUInt16BE(value, this.#at)
    }
  }

  arrayHeader(length: number): void {
    if (length < 16) this.byte(0x90 | length)
    else {
      this.byte(0xdc)
      this.#at = this.#bytes.writeUInt16BE(length, this.#at)
    }
  }

  hex(text: string): void {
    this.byte(0xc4)
    this.byte(text.length / 2)
    this.#at += this.#bytes.write(text, this.#at, 'hex')
  }

  text(text: string, format: TextFormat): void {
    const length = Buffer.byteLength(text)
    if (format.fix !== undefined && length < 32) this.byte(format.fix | length)
    else if (length < 0x100) {
      this.byte(format.sized[0])
      this.byte(length)
    } else if (length < 0x10000) {
      this.byte(format.sized[1])
      this.#at = this.#bytes.writeUInt16BE(length, this.#at)
    } else {
      this.byte(format.sized[2])
      this.#at = this.#bytes.writeUInt32BE(length, this.#at)
    }
    this.#at += this.#bytes.write(text, this.#at)
  }

  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }
}
