/** Of the watched node's store, which is full within seconds, so that eviction runs all the time. */
export const BOUNDS = { events: 1_000, mib: 8 } as const
