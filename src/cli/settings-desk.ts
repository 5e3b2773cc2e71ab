/**
 * Keeps what is set on the node's page: beside the store, below the command line and the environment. New settings count
 * as tried once the node has started with them; until then those before are kept, to go back to.
 */
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import type { SettingsDesk } from '../flow/settings-desk.ts'
import { createLatestWriter, type KeptFile, keptFile, type Node, refusedByDisk, SETTINGS_FILE } from '../node.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { NodeSettings } from '../wire/settings.ts'
import {
  changed,
  fromJson,
  holdingAtOnce,
  isSame,
  type PageSettings,
  report,
  toJson,
  withPage,
} from './page-settings.ts'
import type { Settings } from './parse.ts'
import { serverConfig } from './server-config.ts'
import { isMisuse, type Misuse, type Surroundings } from './surroundings.ts'

/** Settings with which a start may be tried. */
export interface Candidate {
  readonly page: PageSettings
  /** All settings, those of the page among them. */
  readonly settings: Settings
  readonly config: Config | Misuse
}

export interface KeptSettings extends SettingsDesk {
  /** In the order in which they are to be tried. */
  candidates(): Candidate[]
  /** This node runs now; `problem` says why what was wanted before could not be had. */
  started(node: Pick<Node, 'adapt'>, candidate: Candidate, problem: string | undefined, log: Logger): Promise<void>
  /** Comes when the running node is to start again. */
  restartWanted(): Promise<void>
}

interface Kept {
  readonly wanted: PageSettings
  /** With which the node ran last; undefined where that is the same. */
  readonly before: PageSettings | undefined
  /** What of the file counts as nothing and why, as a sentence; undefined where all of it counts. */
  readonly fault: string | undefined
  /** Nothing of it could be understood. */
  readonly isUnread?: true
}

const NOTHING: PageSettings = new Map()

/** @param given by flags and environment, which win */
export async function openSettings(
  given: Settings,
  { dataDir }: Config,
  surroundings: Surroundings,
): Promise<KeptSettings> {
  const file = keptFile(join(dataDir, SETTINGS_FILE))
  const found = await readSettings(file)
  let { wanted, before, isUnread } = found
  let active = before ?? wanted
  let problem: string | null = null
  let fault = found.fault ?? null
  let node: Pick<Node, 'adapt'> | undefined
  /** What the start under way was asked for. */
  let tried = wanted
  let wish = Promise.withResolvers<void>()
  let changing: Promise<unknown> = Promise.resolve()

  function candidate(page: PageSettings): Candidate {
    const settings = withPage(given, page)
    return { page, settings, config: serverConfig(settings, surroundings) }
  }

  const book = createLatestWriter(file, () => {
    const kept = { settings: toJson(wanted), ...(before !== undefined && { before: toJson(before) }) }
    return `${JSON.stringify(kept, null, 2)}\n`
  })

  async function save(): Promise<void> {
    if (isUnread === true) await file.setAside()
    isUnread = undefined
    await book.save()
  }

  function list(): NodeSettings {
    const settings = report(given, active, wanted)
    return { settings, pending: settings.some(({ pending }) => pending), problem }
  }

  async function change(changes: Readonly<Record<string, unknown>>): Promise<NodeSettings | Rejection> {
    const next = changed(wanted, changes, given)
    if (isRejection(next)) return next
    const { config } = candidate(next)
    if (isMisuse(config)) return reject('malformed', config.misuse, whatIsWrong(changes))
    const held = { wanted, before, active }
    wanted = next
    active = holdingAtOnce(active, next)
    before = isSame(active, next) ? undefined : active
    const failure = await refusedByDisk(save(), 'Nothing was changed.')
    if (failure !== undefined) {
      ;({ wanted, before, active } = held)
      return failure
    }
    problem = null
    node?.adapt(config)
    return list()
  }

  return {
    list,
    change(changes) {
      // One after the other: each begins with what the one before has left.
      const task = changing.then(() => change(changes))
      changing = task.catch(() => {})
      return task
    },
    restart() {
      node = undefined
      wish.resolve()
    },
    restartWanted: () => wish.promise,
    candidates() {
      wish = Promise.withResolvers()
      tried = wanted
      const found = [candidate(wanted)]
      if (before !== undefined) found.push(candidate(before))
      // What does not go together with the command line any more must not keep the node from starting.
      if (found.every(({ config }) => isMisuse(config))) found.push(candidate(NOTHING))
      return found
    },
    async started(running, { page }, trouble, log) {
      node = running
      const wasTried = before === undefined
      // Somebody may have set more since the start began.
      if (page !== tried) wanted = page
      active = page
      before = isSame(active, wanted) ? undefined : active
      problem = trouble === undefined ? fault : `${trouble} The node runs with the settings before.`
      if (fault !== null) log('warn', fault)
      // Told once: what is set from now on is whole.
      fault = null
      // What only does not go together with this command line is left on disk.
      if (page === NOTHING || (wasTried && before === undefined)) return
      try {
        await save()
      } catch (error) {
        log('warn', 'the settings of the page could not be written', { reason: messageOf(error) })
      }
    },
  }
}

/** The configuration of a node that would be started so, its page's settings among them. */
export async function configWithPage(given: Settings, surroundings: Surroundings): Promise<Config | Misuse> {
  const config = serverConfig(given, surroundings)
  if (isMisuse(config)) return config
  const { wanted } = await readSettings(keptFile(join(config.dataDir, SETTINGS_FILE)))
  const whole = serverConfig(withPage(given, wanted), surroundings)
  return isMisuse(whole) ? config : whole
}

/** What cannot be read counts as nothing: whether the directory can be used the start says. */
async function readSettings(file: KeptFile): Promise<Kept> {
  try {
    const text = await file.read()
    if (text === undefined) return { wanted: NOTHING, before: undefined, fault: undefined }
    return understood(text, file.path)
  } catch (error) {
    const fault = `${messageOf(error)} The node runs without the settings of its page.`
    return { wanted: NOTHING, before: undefined, fault }
  }
}

function understood(text: string, path: string): Kept {
  try {
    const { settings, before } = JSON.parse(text) as { settings?: unknown; before?: unknown }
    const wanted = fromJson(settings)
    const earlier = before === undefined ? undefined : fromJson(before)
    const leftOut = [...new Set([...wanted.leftOut, ...(earlier?.leftOut ?? [])])]
    const fault = `In ${path} is what cannot be used, and is left out: ${leftOut.join(', ')}.`
    return { wanted: wanted.page, before: earlier?.page, fault: leftOut.length === 0 ? undefined : fault }
  } catch {
    const fault = `The file ${path} is not as the node wrote it. The node runs without the settings of its page; mend the file and start again, or set them anew: what is in it is kept beside it then.`
    return { wanted: NOTHING, before: undefined, fault, isUnread: true }
  }
}

/** A value by itself, as far as one was changed; else how they go together. */
function whatIsWrong(changes: Readonly<Record<string, unknown>>) {
  const [about, ...others] = Object.keys(changes)
  const isOne = about !== undefined && others.length === 0
  return isOne ? ({ code: 'setting-value', about } as const) : ({ code: 'settings-together' } as const)
}
