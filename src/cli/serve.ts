/** `server`: configuration → running node → wait for the signal → stop. */
import type { Config } from '../config.ts'
import { type Node, StartError, startNode } from '../node.ts'
import type { Activity, OnActivity } from '../observe/activity.ts'
import { systemClock } from '../observe/clock.ts'
import { messageOf } from '../observe/log.ts'
import { createActivityLine } from '../words/activity-lines.ts'
import { lowerBackgroundThreads } from './background-threads.ts'
import { createConsoleLog } from './console-log.ts'
import { createInk, type Ink } from './ink.ts'
import { createLiveLines } from './live-lines.ts'
import { isOn, type Settings } from './parse.ts'
import { loadQrCode } from './qr-code.ts'
import { collectWhenQuiet } from './quiet-collection.ts'
import { serverConfig } from './server-config.ts'
import { type KeptSettings, openSettings } from './settings-desk.ts'
import { lanHostOf, startFacts, startText } from './startup.ts'
import { EXIT, isMisuse, type Misuse, type Surroundings } from './surroundings.ts'

/** Runs a node until the signal comes; returns the exit code, or what is wrong with the settings. */
export async function serve(given: Settings, surroundings: Surroundings): Promise<number | Misuse> {
  const config = serverConfig(given, surroundings)
  if (isMisuse(config)) return config
  const { err, signal } = surroundings
  const kept = await openSettings(given, config, surroundings)
  const stopped = aborted(signal)
  lowerBackgroundThreads()
  try {
    let node: Node | undefined
    collectWhenQuiet(config.dataDir, () => node?.forgetUnused() ?? 0)
    do {
      const launched = await launch(kept, surroundings)
      node = launched.node
      await Promise.race([stopped, kept.restartWanted()])
      await node.stop()
      launched.screen.stop()
    } while (!signal.aborted)
    return EXIT.ok
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    err.write(`${error.message}\n`)
    return EXIT.failed
  }
}

/**
 * Starts a node with what the page set last, or with what it ran with before.
 * @throws what kept it from starting with what was set last, where nothing else could be tried or did better
 */
async function launch(kept: KeptSettings, surroundings: Surroundings): Promise<{ node: Node; screen: Screen }> {
  const { err, env, signal } = surroundings
  let problem: Error | undefined
  for (const candidate of kept.candidates()) {
    const { settings, config } = candidate
    if (isMisuse(config)) {
      problem ??= new StartError(config.misuse)
      continue
    }
    const ink = createInk(err.isTerminal, env)
    const log = createConsoleLog(err, { debug: isOn(settings.get('debug')), ink, clock: systemClock })
    const screen = isOn(settings.get('json')) ? jsonScreen(surroundings) : textScreen(surroundings)
    try {
      const node = await startNode(config, { log, onActivity: screen.onActivity, settings: kept })
      await kept.started(node, candidate, problem?.message, log)
      if (problem !== undefined) log('warn', `what was set on the page was given up: ${problem.message}`)
      if (!signal.aborted) await screen.started(node, config)
      return { node, screen }
    } catch (error) {
      // A fault of the program too: whatever the page has set, the node must come up again.
      problem ??= error instanceof Error ? error : new Error(messageOf(error))
    }
  }
  throw problem!
}

/** Where a node's start and life are shown. */
interface Screen {
  readonly onActivity: OnActivity
  started(node: Node, config: Config): Promise<void>
  stop(): void
}

/** Aligned labels, then a line for each activity. */
function textScreen({ out, env, homeDir }: Surroundings): Screen {
  const ink: Ink = createInk(out.isTerminal, env)
  let node: Node | undefined
  const live = createLiveLines({ out, line: createActivityLine(() => node?.owner()), ink, clock: systemClock })
  const early = createHeldBack(live.show)
  return {
    onActivity: early.show,
    async started(startedNode, config) {
      node = startedNode
      const qrCode = out.isTerminal ? await loadQrCode() : () => ''
      const facts = await startFacts(node, config)
      out.write(startText(facts, { ink, homeDir, lanHost: lanHostOf(config.listen.host), qrCode }))
      early.release()
    },
    stop: live.stop,
  }
}

/** The facts of the start as one line, then one line for each activity. */
function jsonScreen({ out }: Surroundings): Screen {
  const early = createHeldBack(activity => {
    out.write(`${JSON.stringify({ time: new Date().toISOString(), ...activity })}\n`)
  })
  return {
    onActivity: early.show,
    async started(node, config) {
      out.write(`${JSON.stringify(await startFacts(node, config))}\n`)
      early.release()
    },
    stop() {},
  }
}

/** More activities than these before the start is shown are news of a moment that nobody waits for. */
const MAX_HELD_BACK = 1_000

/** Holds activities back until the start was shown: a bootstrap may answer before the first line is printed. */
function createHeldBack(show: OnActivity): { show: OnActivity; release(): void } {
  let held: Activity[] | undefined = []
  return {
    show(activity) {
      if (held === undefined) show(activity)
      else if (held.length < MAX_HELD_BACK) held.push(activity)
    },
    release() {
      const waiting = held ?? []
      held = undefined
      for (const activity of waiting) show(activity)
    },
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
