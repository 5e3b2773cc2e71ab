/** Connections that have come in and have not proved a key yet: few of each host, few in all, and none for long. */
import { neighbourhood } from '../../ip-address.ts'
import type { Clock } from '../../observe/clock.ts'

/** How the coming of a peer ended: it is in, it proved no key or is not wanted, or there were too many. */
export type DoorEnd = 'let in' | 'failed' | 'too many'

export interface HalfOpen {
  /**
   * A place for one that has just come, or undefined when its host has too many. When all places are taken, the one that
   * has been here longest goes: an honest handshake takes a second at most, and a flood does not keep others out by waiting.
   * @param cut ends the connection; called at most once, and not after `leave`
   */
  enter(ip: string, cut: () => void): HalfOpenPlace | undefined
  size(): number
}

export interface HalfOpenPlace {
  /** It stands, or has gone. */
  leave(): void
}

export interface HalfOpenBounds {
  readonly max: number
  readonly maxOfHost: number
  readonly ms: number
}

export function createHalfOpen(clock: Clock, { max, maxOfHost, ms }: HalfOpenBounds): HalfOpen {
  /** What ends each of them, the oldest first. */
  const open = new Map<object, () => void>()
  const byHost = new Map<string, number>()
  return {
    size: () => open.size,
    enter(ip, cut) {
      const host = networkOf(ip)
      const same = byHost.get(host) ?? 0
      if (same >= maxOfHost) return undefined
      const place = {
        leave() {
          if (!open.delete(place)) return
          cancel()
          const left = byHost.get(host)! - 1
          if (left === 0) byHost.delete(host)
          else byHost.set(host, left)
        },
      }
      const end = () => {
        place.leave()
        cut()
      }
      const cancel = clock.after(ms, end)
      byHost.set(host, same + 1)
      open.set(place, end)
      if (open.size > max) open.values().next().value!()
      return place
    },
  }
}

/** Who counts as one: the network of an IP address (`neighbourhood`); whatever else is given, such as a peer ID, is itself. */
export function networkOf(source: string): string {
  return neighbourhood(source) || source
}
