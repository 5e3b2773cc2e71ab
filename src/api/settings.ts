/** /settings and /restart: what the command line can set, the owner's page can (specification/rest-api.md, R15). */
import { isRejection } from '../event/rejection.ts'
import type { SettingsDesk } from '../flow/settings-desk.ts'
import { readChange } from './change.ts'
import type { Route } from './connection.ts'
import type { Reader } from './reader.ts'
import { fail, failed, json, NO_STORE, rejected } from './reply.ts'

export interface SettingsRouteParts {
  readonly reader: Reader
  /** Undefined where the node was not started by the command line. */
  readonly settings?: SettingsDesk | undefined
}

const NO_DESK = fail(404, 'The settings of this node are kept by the program that started it.', 'no-settings')

export function createSettingsRoutes({ reader, settings }: SettingsRouteParts) {
  const show: Route = async request => {
    const access = await reader.admit(request)
    if ('error' in access) return failed(access)
    return settings === undefined ? failed(NO_DESK) : json(settings.list(), 200, NO_STORE)
  }

  const change: Route = async request => {
    const wish = await readChange(request, reader)
    if ('error' in wish) return failed(wish)
    if (settings === undefined) return failed(NO_DESK)
    const outcome = await settings.change(wish.fields)
    return isRejection(outcome) ? rejected(outcome) : json(outcome, 200, NO_STORE)
  }

  /** Answered first: the server stops with the node, and lets requests at work end. */
  const restart: Route = async request => {
    const wish = await readChange(request, reader)
    if ('error' in wish) return failed(wish)
    if (settings === undefined) return failed(NO_DESK)
    settings.restart()
    return json({ restarting: true }, 202, NO_STORE)
  }
  return { show, change, restart }
}
