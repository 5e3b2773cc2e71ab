/** `demo`: five nodes in this process, and what travels between them. */

import { systemClock } from '../observe/clock.ts'
import { messageOf } from '../observe/log.ts'
import { createConsoleLog } from './console-log.ts'
import { createStage } from './demo-stage.ts'
import { NAMES, playStory } from './demo-story.ts'
import { createTeller } from './demo-teller.ts'
import { createInk } from './ink.ts'
import { isOn, type Settings } from './parse.ts'
import { EXIT, type Surroundings } from './surroundings.ts'

/** Plays the story and returns the exit code; on a terminal the nodes run on until the signal comes. */
export async function demo(settings: Settings, surroundings: Surroundings): Promise<number> {
  const { out, err, env, signal } = surroundings
  const debug = isOn(settings.get('debug'))
  const log = createConsoleLog(err, { debug, ink: createInk(err.isTerminal, env), clock: systemClock })
  const stage = await createStage(NAMES, { log: debug ? log : onlyErrors(log), signal })
  const once = settings.has('once') ? isOn(settings.get('once')) : !out.isTerminal
  try {
    await playStory(stage, createTeller(out, createInk(out.isTerminal, env), signal))
    if (!once && !signal.aborted) {
      out.write('\n  The nodes run on. Ctrl-C ends them and removes everything they kept.\n')
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
    }
    return EXIT.ok
  } catch (error) {
    if (signal.aborted) return EXIT.ok
    err.write(`The demo could not go on: ${messageOf(error)}.\n`)
    return EXIT.failed
  } finally {
    await stage.end()
  }
}

/** A node that goes away is part of the story: its neighbours' warnings would only disturb it. */
function onlyErrors(log: ReturnType<typeof createConsoleLog>): typeof log {
  return (level, message, fields) => {
    if (level === 'error') log(level, message, fields)
  }
}
