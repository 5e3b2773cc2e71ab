/** /push: which of the owner's devices are told at once, by their browsers' push services, what came for the owner. */
import { isRejection, type Rejection } from '../event/rejection.ts'
import type { PushState } from '../wire/push.ts'
import { readChange } from './change.ts'
import type { Route } from './connection.ts'
import { UNCLAIMED } from './publish.ts'
import type { Reader } from './reader.ts'
import { fail, failed, json, NO_STORE, rejected } from './reply.ts'

export interface PushRoutesParts {
  readonly reader: Reader
  readonly owner: () => string | undefined
  readonly pushes: {
    state(): Promise<PushState>
    subscribe(input: unknown, device: string | undefined): Promise<PushState | Rejection>
    unsubscribe(input: unknown): Promise<PushState | Rejection | undefined>
  }
}

const NO_SUCH = fail(404, 'There is no such subscription; it may have ended by itself.', 'no-such-push')

export function createPushRoutes({ reader, owner, pushes }: PushRoutesParts) {
  const show: Route = async request => {
    const access = await reader.admit(request)
    if ('error' in access) return failed(access)
    return owner() === undefined ? failed(UNCLAIMED) : answer(await pushes.state())
  }

  const subscribe: Route = async request => {
    const change = await readChange(request, reader)
    if ('error' in change) return failed(change)
    if (owner() === undefined) return failed(UNCLAIMED)
    return answer(await pushes.subscribe(change.fields, change.access.device?.id))
  }

  const unsubscribe: Route = async request => {
    const change = await readChange(request, reader)
    return 'error' in change ? failed(change) : answer(await pushes.unsubscribe(change.fields))
  }
  return { show, subscribe, unsubscribe }
}

function answer(outcome: PushState | Rejection | undefined): Response {
  if (outcome === undefined) return failed(NO_SUCH)
  return isRejection(outcome) ? rejected(outcome) : json(outcome, 200, NO_STORE)
}
