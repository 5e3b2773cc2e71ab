/** An event as it was read: the bytes of its record; what is wanted of it is decoded once, when it is asked for. */
import { expirationOf, type Tag, type VerifiedEvent } from '../event/event.ts'
import type { Mark } from './mark.ts'
import { createdAtOf, decodeRecord, idOf, kindOf, markOf, pubkeyOf, recordJson, tagsOf } from './record.ts'
import type { FoundEvent, Position } from './store.ts'

export class Found implements FoundEvent {
  readonly position: Position
  readonly createdAt: number
  readonly kind: number
  /** Of the record. */
  readonly bytes: number
  readonly #record: Buffer
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
    this.#record = record
  }

  get id(): string {
    this.#id ??= idOf(this.#record)
    return this.#id
  }

  get pubkey(): string {
    this.#pubkey ??= pubkeyOf(this.#record)
    return this.#pubkey
  }

  get tags(): readonly Tag[] {
    this.#tags ??= tagsOf(this.#record)
    return this.#tags
  }

  get mark(): Mark | undefined {
    return markOf(this.#record)
  }

  get event(): VerifiedEvent {
    this.#event ??= decodeRecord(this.#record)
    return this.#event
  }

  get json(): string {
    this.#json ??= recordJson(this.#record)
    return this.#json
  }

  isExpired(nowSeconds: number): boolean {
    const expiration = expirationOf(this)
    return expiration !== undefined && expiration <= nowSeconds
  }
}
