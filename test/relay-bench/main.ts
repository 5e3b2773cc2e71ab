/**
 * `npm run bench:relay -- [--quick] [--only <part>]… [--url <ws://…>]… [--skip-rival] [--profile <folder>]`: this node as a
 * public relay beside `@nostr-relay/core` with its SQLite store, or any relays by their URLs. A relay at a URL should be
 * empty; it is sent 100,000 events.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { findNativeLibrary } from '../../src/verifier/native.ts'
import { buildPackage } from '../bench/node-process.ts'
import { inWorkspace, timedProgress, type Workspace } from '../bench/workspace.ts'
import { type SampleEvent, sampleEvents } from './events.ts'
import { idle, memory } from './idle.ts'
import { ingest, publishAll } from './ingest.ts'
import { crowd, fanOut } from './live.ts'
import { negentropy } from './negentropy.ts'
import type { Part } from './part.ts'
import { queries, search } from './queries.ts'
import { ownRelay, type Relay, type RelayKind, relayAt, rivalRelay } from './relays.ts'
import { type Measured, report } from './report.ts'
import { atRest } from './rest.ts'

const OWN = 'nostrp2p'
const RIVAL = '@nostr-relay/core'
const EVENTS = 100_000
const QUICK_EVENTS = 10_000
const PARTS: readonly Part[] = [
  ingest('wasm'),
  ingest('native'),
  queries,
  search,
  fanOut,
  crowd,
  idle,
  memory,
  negentropy,
]

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    url: { type: 'string', multiple: true, default: [] },
    'skip-rival': { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
})

const unknown = flags.only.filter(name => !PARTS.some(part => part.name === name))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}. There are: ${PARTS.map(({ name }) => name).join(', ')}.`)
  process.exitCode = 2
} else {
  await inWorkspace(run)
}

async function run(workspace: Workspace): Promise<void> {
  const say = timedProgress()
  const events = sampleEvents(flags.quick ? QUICK_EVENTS : EVENTS, say)
  const own = (nativeVerifier: boolean) =>
    ownRelay(workspace, { name: OWN, nativeVerifier, profile: flags.profile, maxEvents: EVENTS })
  const results: Measured[] = []
  const measure = (kind: RelayKind, parts: readonly Part[]) => measured(kind, parts, events, results, say)
  const wanted = PARTS.filter(({ name }) => flags.only.length === 0 || flags.only.includes(name))
  const [native, usual] = [wanted.filter(isNative), wanted.filter(part => !isNative(part))]
  if (flags.url.length > 0) {
    for (const url of flags.url) await measure(relayAt(url), usual)
  } else {
    await buildPackage({ quick: flags.quick, workspace, progress: say })
    await measure(own(false), usual)
    if (native.length > 0 && findNativeLibrary() !== undefined) await measure(own(true), native)
    else if (native.length > 0) say('libsecp256k1 is not installed: nothing measured with it')
    if (!flags['skip-rival']) await measure(rivalRelay(workspace, say), usual)
  }
  console.log(`Node ${process.versions.node}, load ${loadavg()[0]!.toFixed(2)}, ${new Date().toISOString()}`)
  console.log(
    "The rival's store runs on Node's own SQLite in place of better-sqlite3; its commits are not synced (WAL).\n",
  )
  console.log(report(results, flags.url[0] ?? OWN, RIVAL))
}

function isNative({ name }: Part): boolean {
  return name === 'ingest-native'
}

async function measured(
  kind: RelayKind,
  parts: readonly Part[],
  events: readonly SampleEvent[],
  results: Measured[],
  say: (text: string) => void,
): Promise<void> {
  const progress = (text: string) => say(`${kind.name}: ${text}`)
  const stageOf = (relay: Relay) => ({ relay, events, quick: flags.quick, progress })
  const [empty, filled] = [
    parts.filter(({ needs }) => needs === 'empty'),
    parts.filter(({ needs }) => needs === 'filled'),
  ]
  let relay: Relay | undefined
  const take = async (part: Part, stage: Relay) => {
    try {
      results.push({ relay: kind.name, figures: await part.measure(stageOf(stage)) })
    } catch (error) {
      process.exitCode = 1
      progress(`${part.name} failed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  for (const part of empty) {
    await relay?.stop()
    relay = await kind.start()
    await take(part, relay)
  }
  if (filled.length > 0) {
    await relay?.stop()
    if (kind.startFilled !== undefined) {
      relay = await kind.startFilled(events)
    } else {
      relay = await kind.start()
      progress(`sending it ${events.length.toLocaleString('en')} events`)
      await publishAll(relay, events)
      progress('letting it come to rest')
      // The rival begins with a store that was filled before.
      await atRest(relay)
    }
    for (const part of filled) await take(part, relay)
  }
  await relay?.stop()
}
