/** Everything new, whatever way it came: who listens is told of each event once, after it is stored. */
import { type Logger, messageOf } from '../observe/log.ts'
import type { Accepted } from './accept.ts'
import type { Source } from './source.ts'

/** An event that was stored just now, or an ephemeral one that went through; never a duplicate. */
export type News = Accepted & { readonly result: 'stored' | 'passed' }

export interface Live {
  /** @returns what ends the listening */
  listen(told: (news: News, via: Source['via']) => void): () => void
  /** What the one door has let in, and how it came. */
  tell(accepted: Accepted, via: Source['via']): void
}

/** Ephemeral events are not stored, so the last ones are remembered: each may come from several neighbours. */
const MAX_REMEMBERED = 2_000

/** @param log where a listener's own faults go: the event is in, whatever becomes of telling it */
export function createLive(log: Logger): Live {
  const listeners = new Set<Parameters<Live['listen']>[0]>()
  const passed = new Set<string>()

  function isFirst(id: string): boolean {
    if (passed.has(id)) return false
    passed.add(id)
    if (passed.size > MAX_REMEMBERED) passed.delete(passed.values().next().value!)
    return true
  }

  return {
    listen(told) {
      listeners.add(told)
      return () => void listeners.delete(told)
    },
    tell(accepted, via) {
      if (!isNews(accepted) || (accepted.result === 'passed' && !isFirst(accepted.event.id))) return
      for (const told of listeners) {
        try {
          told(accepted, via)
        } catch (error) {
          log('error', 'a new event could not be told', { reason: messageOf(error) })
        }
      }
    },
  }
}

function isNews(accepted: Accepted): accepted is News {
  return accepted.result === 'stored' || accepted.result === 'passed'
}
