/** An event as it was read; what is wanted of it is made once, when it is asked for, from the bytes of its record. */
import { expirationOf, type Tag, type VerifiedEvent } from '../event/event.ts'
import type { Mark } from './mark.ts'
import { createdAtOf, decodeRecord, idOf, kindOf, pubkeyOf, recordTraits, tagsOf, traitsOfByte } from './record.ts'
import { maxJsonBytes, recordJson, writeJson } from './record-json.ts'
import type { FoundEvent, Position } from './store.ts'

export class Found implements FoundEvent {
  readonly position: Position
  /** In which the record stands, from `start` to `end`. */
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly createdAt: number
  readonly kind: number
  readonly #traits: number
  #id: string | undefined
  #pubkey: string | undefined
  #tags: readonly Tag[] | undefined
  #event: VerifiedEvent | undefined

  constructor(position: Position, bytes: Buffer, start: number, end: number) {
    this.position = position
    this.bytes = bytes
    this.start = start
    this.end = end
    this.createdAt = createdAtOf(bytes, start)
    this.kind = kindOf(bytes, start)
    this.#traits = recordTraits(bytes, start)
  }

  get mark(): Mark | undefined {
    return traitsOfByte(this.#traits).mark
  }

  get isProtected(): boolean {
    return traitsOfByte(this.#traits).isProtected
  }

  get id(): string {
    this.#id ??= idOf(this.bytes, this.start)
    return this.#id
  }

  get pubkey(): string {
    this.#pubkey ??= pubkeyOf(this.bytes, this.start)
    return this.#pubkey
  }

  get tags(): readonly Tag[] {
    this.#tags ??= tagsOf(this.bytes, this.start)
    return this.#tags
  }

  /** @param find see `tagFinder` */
  has(find: (bytes: Buffer, start: number) => boolean): boolean {
    return find(this.bytes, this.start)
  }

  get event(): VerifiedEvent {
    this.#event ??= decodeRecord(this.bytes, this.start, this.end)
    return this.#event
  }

  get json(): string {
    return recordJson(this.bytes, this.start, this.end)
  }

  /** Of the record. */
  get length(): number {
    return this.end - this.start
  }

  get maxJsonBytes(): number {
    return maxJsonBytes(this.length)
  }

  writeJson(out: Buffer, at: number): number {
    return writeJson(this.bytes, this.start, this.end, out, at)
  }

  isExpired(nowSeconds: number): boolean {
    if (!traitsOfByte(this.#traits).mayExpire) return false
    const expiration = expirationOf(this)
    return expiration !== undefined && expiration <= nowSeconds
  }
}
