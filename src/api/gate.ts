/** How much may be at work at once: places for requests, and bytes of bodies on their way in. */

export interface Gate {
  /** A place for one request, or undefined when all are taken. */
  enter(): Place | undefined
}

export interface Place {
  /** Sets bytes aside for the body; false when there are too many already. */
  reserve(bytes: number): boolean
  /** Gives everything back; a second call does nothing. */
  leave(): void
}

export function createGate(bounds: { maxRequests: number; maxBytes: number }): Gate {
  let requests = 0
  let bytes = 0
  return {
    enter() {
      if (requests >= bounds.maxRequests) return undefined
      requests += 1
      let reserved = 0
      let inside = true
      return {
        reserve(wanted) {
          if (bytes + wanted > bounds.maxBytes) return false
          bytes += wanted
          reserved += wanted
          return true
        },
        leave() {
          if (!inside) return
          inside = false
          requests -= 1
          bytes -= reserved
        },
      }
    },
  }
}
