/**
 * An event as it was read. What is wanted of it is made once, when it is asked for, from the bytes of its record; text
 * or event then take the place of the bytes: small buffers that live long cost the process far more than their length.
 */
import { expirationOf, type Tag, type VerifiedEvent } from '../event/event.ts'
import type { Mark } from './mark.ts'
import { createdAtOf, decodeRecord, idOf, kindOf, markOf, pubkeyOf, recordJson, tagsOf } from './record.ts'
import type { FoundEvent, Position } from './store.ts'

export class Found implements FoundEvent {
  readonly position: Position
  readonly createdAt: number
  readonly kind: number
  readonly mark: Mark | undefined
  readonly tags: readonly Tag[]
  /** Of the record. */
  readonly bytes: number
  #record: Buffer | undefined
  #id: string | undefined
  #pubkey: string | undefined
  #event: VerifiedEvent | undefined
  #json: string | undefined

  constructor(position: Position, record: Buffer) {
    this.position = position
    this.createdAt = createdAtOf(record)
    this.kind = kindOf(record)
    this.mark = markOf(record)
    this.tags = tagsOf(record)
    this.bytes = record.length
    this.#record = record
  }

  get id(): string {
    this.#id ??= this.#record === undefined ? this.event.id : idOf(this.#record)
    return this.#id
  }

  get pubkey(): string {
    this.#pubkey ??= this.#record === undefined ? this.event.pubkey : pubkeyOf(this.#record)
    return this.#pubkey
  }

  get event(): VerifiedEvent {
    if (this.#event === undefined) {
      // The text was made from a record, so it is of a verified event.
      this.#event = this.#record === undefined ? (JSON.parse(this.#json!) as VerifiedEvent) : decodeRecord(this.#record)
      this.#record = undefined
    }
    return this.#event
  }

  get json(): string {
    if (this.#json === undefined) {
      this.#json = this.#record === undefined ? JSON.stringify(this.#event) : recordJson(this.#record)
      this.#record = undefined
    }
    return this.#json
  }

  isExpired(nowSeconds: number): boolean {
    if (this.tags.length === 0) return false
    const expiration = expirationOf(this)
    return expiration !== undefined && expiration <= nowSeconds
  }
}
