/** What the store asks of a database: the part of abstract-level that `level` and `memory-level` share. */

export interface Put {
  readonly type: 'put'
  readonly key: Buffer
  readonly value: Buffer
}

export interface Del {
  readonly type: 'del'
  readonly key: Buffer
}

export type Operation = Put | Del

/** Keeps what a long read sees as it was at the start. */
export interface Snapshot {
  close(): Promise<void>
}

export interface Range {
  readonly gt?: Buffer
  readonly gte?: Buffer
  readonly lt?: Buffer
  readonly lte?: Buffer
}

export interface RangeOptions extends Range {
  readonly reverse?: boolean
  /** -1 for all. */
  readonly limit?: number
  /** Bytes that one `nextv` may hold; LevelDB's default of 16 KiB means many thread hops. */
  readonly highWaterMarkBytes?: number
  readonly snapshot?: Snapshot
}

export interface Reader<T> {
  nextv(size: number): Promise<T[]>
  all(): Promise<T[]>
  close(): Promise<void>
}

/** A database whose keys and values are buffers, in the order of unsigned bytes. */
export interface Database {
  readonly status: string
  getSync(key: Buffer): Buffer | undefined
  getMany(keys: Buffer[], options: { snapshot?: Snapshot }): Promise<(Buffer | undefined)[]>
  keys(options: RangeOptions): Reader<Buffer>
  iterator(options: RangeOptions): Reader<[Buffer, Buffer]>
  batch(operations: Operation[], options: { sync: boolean }): Promise<void>
  clear(options: Range): Promise<void>
  snapshot(): Snapshot
  open(): Promise<void>
  close(): Promise<void>
}
