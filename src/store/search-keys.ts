/** The keys of the search index (specification/storage.md, "Keys"); all others are in keys.ts. */
import { hash } from 'node:crypto'
import type { Range } from './database.ts'
import { TABLE } from './keys.ts'

const WORD_HASH_BYTES = 6

export function segmentKey(number: number): Buffer {
  return numberKey(TABLE.segment, number)
}

export function segmentHeadsKey(number: number): Buffer {
  return numberKey(TABLE.segmentHeads, number)
}

/** The number in a key of the tables `segment` and `word`. */
export function segmentOf(key: Buffer): number {
  return key.readUInt32BE(key.length - 4)
}

export function wordKey(word: string, number: number): Buffer {
  const key = Buffer.allocUnsafe(1 + WORD_HASH_BYTES + 4)
  key[0] = TABLE.word
  hash('sha256', word, 'buffer').copy(key, 1, 0, WORD_HASH_BYTES)
  key.writeUInt32BE(number, 1 + WORD_HASH_BYTES)
  return key
}

/** A word in all segments. */
export function wordRange(word: string): Range {
  return { gte: wordKey(word, 0), lte: wordKey(word, 0xffff_ffff) }
}

function numberKey(table: number, number: number): Buffer {
  const key = Buffer.allocUnsafe(1 + 4)
  key[0] = table
  key.writeUInt32BE(number, 1)
  return key
}
