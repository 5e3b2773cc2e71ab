/** POST /publish: JSON event → flow → what the node did with it. */
import { npubOf } from '../event/keys.ts'
import { isRejection } from '../event/rejection.ts'
import type { Claim } from '../flow/claim.ts'
import type { Devices } from '../flow/devices.ts'
import type { Publish, Published } from '../flow/publish.ts'
import { parseJson } from './body.ts'
import type { ApiRequest, Route } from './connection.ts'
import type { Reader } from './reader.ts'
import { fail, failedAsOriginal as failed, failureOf, json } from './reply.ts'
import { queryOf } from './tokens.ts'

export interface PublishParts {
  readonly publish: Publish
  readonly claim: Claim
  readonly owner: () => string | undefined
  readonly writable: boolean
  readonly reader: Reader
  readonly devices: Pick<Devices, 'add'>
}

export const WRITE_DENIED = fail(406, 'Write is denied', 'write-denied')
export const UNCLAIMED = fail(
  403,
  'This node has no owner yet. Open the claim address that it printed when it started, or start it with -p and your public key (npub…).',
  'unclaimed',
)

/**
 * Takes no access token: only the owner can have signed what the flow accepts, wherever it comes from. An unclaimed
 * node takes one kind of write, its owner's binding, and only with the claim token.
 */
export function createPublishRoute(parts: PublishParts): Route {
  return async request => {
    // Before every other check, as the original (client contract, "-w false").
    if (!parts.writable) return failed(WRITE_DENIED)
    const unclaimed = parts.owner() === undefined
    if (unclaimed && !parts.reader.mayClaim(request)) return failed(UNCLAIMED)
    const body = await request.readBody()
    if ('error' in body) return failed(body)
    const parsed = parseJson(body.plain)
    if ('error' in parsed) return failed(parsed)
    const outcome = await (unclaimed ? parts.claim : parts.publish)(parsed.value)
    if (isRejection(outcome)) return failed(failureOf(outcome))
    const device = unclaimed ? deviceName(request) : undefined
    if (device === undefined) return json(succeeded(outcome))
    // The claim token is spent: with one of its own the device stays in.
    const added = await parts.devices.add(device)
    return json({ ...succeeded(outcome), device: isRejection(added) ? null : added })
  }
}

/** `?device=<name>`: what claims the node wants a token of its own. */
function deviceName({ path }: ApiRequest): string | undefined {
  return queryOf(path).get('device') ?? undefined
}

function succeeded({ id, result, route }: Published) {
  return { Status: 'SUCCESS', id, result, broadcast: route.broadcast, to: route.to.map(npubOf) }
}
