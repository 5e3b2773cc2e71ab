/**
 * A process of its own that puts numbered posts durably, eight at a time, and prints each number once it is stored,
 * or `failed <reason>` and tries it again: `node store-writer.ts <directory>`. For tests that kill it.
 */
import { setTimeout } from 'node:timers/promises'
import { openDiskStore } from '../../src/store/open.ts'
import { strangerKey, unsignedEvent } from './events.ts'
import { storeOptions } from './stores.ts'

const RETRY_MS = 20
const [path] = process.argv.slice(2)
const store = await openDiskStore(path!, storeOptions({ nowMs: Date.now }))
let next = 0

async function lane(): Promise<void> {
  for (;;) {
    const number = next++
    const event = unsignedEvent(strangerKey('writer'), { content: `${number} `.padEnd(2_000, '.') })
    for (let stored = false; !stored; ) {
      try {
        await store.events.put(event, { durable: true })
        stored = true
      } catch (error) {
        const readable = store.events.get(event.id) === undefined && (await store.events.latest(1)).length === 1
        process.stdout.write(`failed ${readable ? 'readable' : 'unreadable'} ${String(error)}\n`)
        await setTimeout(RETRY_MS)
      }
    }
    process.stdout.write(`${number}\n`)
  }
}

await Promise.all(Array.from({ length: 8 }, lane))
