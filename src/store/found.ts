/**
 * An event as it was read. What is wanted of it is made once, when it is asked for, from the bytes of its record; text
 * or event then take the place of the bytes: small buffers that live long cost the process far more than their length.
 */
import { expirationOf, type Tag, type VerifiedEvent } from '../event/event.ts'
import type { Mark } from './mark.ts'
import { createdAtOf, decodeRecord, idOf, kindOf, pubkeyOf, recordTraits, tagsOf, traitsOfByte } from './record.ts'
import { maxJsonBytes, recordJson, writeJson } from './record-json.ts'
import type { FoundEvent, Position } from './store.ts'

export class Found implements FoundEvent {
  readonly position: Position
  readonly createdAt: number
  readonly kind: number
  /** Of the record. */
  readonly bytes: number
  readonly #traits: number
  #record: Buffer | undefined
  #id: string | undefined
  #pubkey: string | undefined
  #tags: readonly Tag[] | undefined
  #event: VerifiedEvent | undefined
  #json: string | undefined

  constructor(position: Position, record: Buffer) {
    this.position = position
    this.createdAt = createdAtOf(record)
    this.kind = kindOf(record)
    this.bytes = record.length
    this.#traits = recordTraits(record)
    this.#record = record
  }

  get mark(): Mark | undefined {
    return traitsOfByte(this.#traits).mark
  }

  get isProtected(): boolean {
    return traitsOfByte(this.#traits).isProtected
  }

  get id(): string {
    this.#id ??= this.#record === undefined ? this.event.id : idOf(this.#record)
    return this.#id
  }

  get pubkey(): string {
    this.#pubkey ??= this.#record === undefined ? this.event.pubkey : pubkeyOf(this.#record)
    return this.#pubkey
  }

  get tags(): readonly Tag[] {
    this.#tags ??= this.#record === undefined ? this.event.tags : tagsOf(this.#record)
    return this.#tags
  }

  get event(): VerifiedEvent {
    // The text was made from a record, so it is of a verified event.
    this.#event ??= this.#record === undefined ? (JSON.parse(this.#json!) as VerifiedEvent) : decodeRecord(this.#record)
    return this.#event
  }

  get json(): string {
    this.#json ??= this.#record === undefined ? JSON.stringify(this.#event) : recordJson(this.#record)
    return this.#json
  }

  get maxJsonBytes(): number {
    return maxJsonBytes(this.bytes)
  }

  writeJson(out: Buffer, at: number): number {
    if (this.#json === undefined && this.#record !== undefined) return writeJson(this.#record, out, at)
    return at + out.write(this.json, at)
  }

  /** It stays in memory for long: as text. */
  settle(): void {
    void this.json
    this.#record = undefined
    this.#event = undefined
    this.#tags = undefined
  }

  isExpired(nowSeconds: number): boolean {
    if (!traitsOfByte(this.#traits).mayExpire) return false
    const expiration = expirationOf(this)
    return expiration !== undefined && expiration <= nowSeconds
  }
}
