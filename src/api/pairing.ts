/** /pairing, /pair and /away: how a device that is not at home becomes the owner's, and finds the node again (away.md, W3). */
import { isRejection } from '../event/rejection.ts'
import type { Devices } from '../flow/devices.ts'
import type { Pairings } from '../flow/pairing.ts'
import type { Away } from '../wire/away.ts'
import { parseJson } from './body.ts'
import { readChange } from './change.ts'
import type { Route } from './connection.ts'
import { UNCLAIMED } from './publish.ts'
import type { Reader } from './reader.ts'
import { fail, failed, json, NO_STORE, rejected } from './reply.ts'
import { pathOf, routePath } from './tokens.ts'

export interface PairingRoutesParts {
  readonly reader: Reader
  readonly pairings: Pairings
  readonly devices: Pick<Devices, 'addPeer'>
  readonly away: () => Away
  readonly owner: () => string | undefined
}

const NO_CODE = fail(404, 'There is no such open pairing code: it was used, or has expired.', 'no-such-pairing')
const NO_DEVICE = fail(404, 'This request came without the token of a device.', 'no-such-device')
const NO_OBJECT = fail(400, 'The body is to be a JSON object.')

export function createPairingRoutes({ reader, pairings, devices, away, owner }: PairingRoutesParts) {
  const make: Route = async request => {
    const change = await readChange(request, reader)
    if ('error' in change) return failed(change)
    if (owner() === undefined) return failed(UNCLAIMED)
    const made = pairings.make(change.fields.page)
    return isRejection(made) ? rejected(made) : json(made, 201, NO_STORE)
  }

  const takeBack: Route = async request => {
    const access = await reader.admitChange(request)
    if ('error' in access) return failed(access)
    const id = routePath(pathOf(request.path)).slice('/pairing/'.length)
    return pairings.takeBack(id) ? json({ id }, 200, NO_STORE) : failed(NO_CODE)
  }

  /** The secret is what lets in, so anybody may ask. */
  const pair: Route = async request => {
    const body = await request.readBody()
    if ('error' in body) return failed(body)
    const parsed = parseJson(body.plain)
    if ('error' in parsed) return failed(parsed)
    const { value } = parsed
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return failed(NO_OBJECT)
    // Over the overlay the key is proved; what the body says of it counts only where nothing is.
    const paired = await pairings.pair(value, request.peer ?? (value as { peer?: unknown }).peer)
    return isRejection(paired) ? rejected(paired) : json(paired, 201, NO_STORE)
  }

  const show: Route = async request => {
    const access = await reader.admit(request)
    return 'error' in access ? failed(access) : json(away(), 200, NO_STORE)
  }

  const addPeer: Route = async request => {
    const change = await readChange(request, reader)
    if ('error' in change) return failed(change)
    const { device } = change.access
    const known = device === undefined ? undefined : await devices.addPeer(device.id, change.fields.peer)
    if (known === undefined) return failed(NO_DEVICE)
    return isRejection(known) ? rejected(known) : json({ ...known, isThis: true }, 200, NO_STORE)
  }
  return { make, takeBack, pair, show, addPeer }
}
