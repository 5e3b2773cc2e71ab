/** Writes specification/vectors from fixed keys: `npm run vectors`. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { invalidEvents, validEvents } from './vectors/event.ts'
import { FILTERED, invalidFilters, validFilters } from './vectors/filter.ts'
import {
  invalidAnnouncements,
  invalidDeliveries,
  invalidFetches,
  invalidHellos,
  invalidOwns,
  invalidPulls,
  validAnnouncements,
  validDeliveries,
  validFetches,
  validHellos,
  validOwns,
  validPulls,
} from './vectors/messages.ts'
import { invalidPackets, validPackets } from './vectors/packet.ts'
import { NOW } from './vectors/signing.ts'
import { invalidSyncs, validSyncs } from './vectors/sync.ts'

/** All files: path below specification/vectors → content. */
export function vectors() {
  return {
    'event/valid.json': { now: NOW, cases: validEvents() },
    'event/invalid.json': { now: NOW, cases: invalidEvents() },
    'packet/valid.json': { cases: validPackets() },
    'packet/invalid.json': { cases: invalidPackets() },
    'filter/valid.json': { events: FILTERED, cases: validFilters() },
    'filter/invalid.json': { cases: invalidFilters() },
    'pull/valid.json': { cases: validPulls() },
    'pull/invalid.json': { cases: invalidPulls() },
    'hello/valid.json': { cases: validHellos() },
    'hello/invalid.json': { cases: invalidHellos() },
    'announcement/valid.json': { cases: validAnnouncements() },
    'announcement/invalid.json': { cases: invalidAnnouncements() },
    'deliver/valid.json': { cases: validDeliveries() },
    'deliver/invalid.json': { cases: invalidDeliveries() },
    'fetch/valid.json': { cases: validFetches() },
    'fetch/invalid.json': { cases: invalidFetches() },
    'own/valid.json': { cases: validOwns() },
    'own/invalid.json': { cases: invalidOwns() },
    'sync/valid.json': { cases: validSyncs() },
    'sync/invalid.json': { cases: invalidSyncs() },
  }
}

/** One case a line, so that a change of one is a change of one line. */
export function textOf(file: { readonly cases: readonly unknown[] }): string {
  const { cases, ...head } = file
  const fields = Object.entries(head).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)},\n`)
  return `{\n${fields.join('')}"cases": [\n${cases.map(one => JSON.stringify(one)).join(',\n')}\n]}\n`
}

export const VECTORS = join(import.meta.dirname, '../specification/vectors')

async function writeAll(): Promise<void> {
  for (const [path, file] of Object.entries(vectors())) {
    await mkdir(dirname(join(VECTORS, path)), { recursive: true })
    await writeFile(join(VECTORS, path), textOf(file))
  }
}

if (import.meta.main) await writeAll()
