/** `server`: configuration → running node → wait for the signal → stop. */
import type { Config } from '../config.ts'
import { type Node, StartError, startNode } from '../node.ts'
import type { Activity, OnActivity } from '../observe/activity.ts'
import { systemClock } from '../observe/clock.ts'
import { createActivityLine } from './activity-lines.ts'
import { createConsoleLog } from './console-log.ts'
import { createInk, type Ink } from './ink.ts'
import { createLiveLines } from './live-lines.ts'
import { isOn, type Settings } from './parse.ts'
import { loadQrCode } from './qr-code.ts'
import { collectWhenQuiet } from './quiet-collection.ts'
import { serverConfig } from './server-config.ts'
import { lanHostOf, startFacts, startText } from './startup.ts'
import { EXIT, isMisuse, type Misuse, type Surroundings } from './surroundings.ts'

/** Runs a node until the signal comes; returns the exit code, or what is wrong with the settings. */
export async function serve(settings: Settings, surroundings: Surroundings): Promise<number | Misuse> {
  const config = serverConfig(settings, surroundings)
  if (isMisuse(config)) return config
  const { err, env, signal } = surroundings
  const log = createConsoleLog(err, {
    debug: isOn(settings.get('debug')),
    ink: createInk(err.isTerminal, env),
    clock: systemClock,
  })
  const screen = isOn(settings.get('json')) ? jsonScreen(surroundings) : textScreen(surroundings)
  try {
    const node = await startNode(config, { log, onActivity: screen.onActivity })
    collectWhenQuiet(node.forgetUnused)
    if (!signal.aborted) await screen.started(node, config)
    await aborted(signal)
    await node.stop()
    screen.stop()
    return EXIT.ok
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    err.write(`${error.message}\n`)
    return EXIT.failed
  }
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
