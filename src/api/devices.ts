/** /devices: the owner's devices, each with a token of its own (specification/rest-api.md, R13). */
import { isRejection, type Rejection } from '../event/rejection.ts'
import type { Devices } from '../flow/devices.ts'
import { readChange } from './change.ts'
import type { ApiRequest, Route } from './connection.ts'
import { UNCLAIMED } from './publish.ts'
import type { Reader } from './reader.ts'
import { fail, failed, json, NO_STORE, rejected } from './reply.ts'
import { pathOf, routePath } from './tokens.ts'

export interface DevicesRouteParts {
  readonly reader: Reader
  readonly devices: Devices
  readonly owner: () => string | undefined
}

const NO_DEVICE = fail(404, 'There is no such device. It may have been revoked meanwhile.', 'no-such-device')

export function createDevicesRoutes({ reader, devices, owner }: DevicesRouteParts) {
  const list: Route = async request => {
    const access = await reader.admit(request)
    if ('error' in access) return failed(access)
    const known = devices.list().map(device => ({ ...device, isThis: device.id === access.device?.id }))
    return json({ devices: known }, 200, NO_STORE)
  }

  const add: Route = async request => {
    const change = await readChange(request, reader)
    if ('error' in change) return failed(change)
    // Whoever may claim the node now need not be the one who will have done it.
    return owner() === undefined ? failed(UNCLAIMED) : answer(await devices.add(change.fields.name), 201)
  }

  const rename: Route = async request => {
    const change = await readChange(request, reader)
    return 'error' in change ? failed(change) : answer(await devices.rename(idOf(request), change.fields.name))
  }

  const revoke: Route = async request => {
    const access = await reader.admitChange(request)
    return 'error' in access ? failed(access) : answer(await devices.revoke(idOf(request)))
  }
  return { list, add, rename, revoke }
}

/** What follows `/devices/`. */
function idOf({ path }: ApiRequest): string {
  return routePath(pathOf(path)).slice('/devices/'.length)
}

function answer(outcome: object | Rejection | undefined, status = 200): Response {
  if (outcome === undefined) return failed(NO_DEVICE)
  return isRejection(outcome) ? rejected(outcome) : json(outcome, status, NO_STORE)
}
