/** What a bare host of the overlay needs around it. */
import { systemClock } from '../../src/observe/clock.ts'
import { createCounters } from '../../src/observe/counters.ts'
import { silent } from '../../src/observe/log.ts'
import type { HostParts } from '../../src/overlay/libp2p.ts'
import { createOwnAddresses } from '../../src/overlay/nat/own-addresses.ts'
import { createQuotas } from '../../src/overlay/quota.ts'

export function hostParts(): HostParts {
  const clock = systemClock
  return { own: createOwnAddresses([]), quotas: createQuotas(clock), counters: createCounters(), clock, log: silent }
}
