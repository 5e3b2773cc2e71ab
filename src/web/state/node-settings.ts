/** The settings of the node as a form (R15): what is held, what was changed here and not saved, and the restart. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { NodeStatus } from '../../wire/node-status.ts'
import type { NodeSetting, NodeSettings, SettingValue } from '../../wire/settings.ts'
import { type Call, jsonOf } from '../node/call.ts'
import { isTrouble, type Trouble } from '../node/trouble.ts'

/** Name → what is to be set; null takes a setting back. */
export type Edits = ReadonlyMap<string, SettingValue | null>

export type Restart =
  | { readonly at: 'none' }
  /** Asked for; the node is away for a moment. */
  | { readonly at: 'waiting' }
  /** It runs again; `problem`: with the settings before, and why. */
  | { readonly at: 'back'; readonly problem: string | null }
  /** It did not come back to this address in time. */
  | { readonly at: 'lost' }
  | { readonly at: 'refused'; readonly trouble: Trouble }

export interface SettingsForm {
  readonly held: ReadonlySignal<NodeSettings | undefined>
  readonly edits: Signal<Edits>
  /** Why the last reading or saving came to nothing. */
  readonly trouble: ReadonlySignal<Trouble | undefined>
  readonly isBusy: ReadonlySignal<boolean>
  readonly restart: ReadonlySignal<Restart>
  load(): Promise<void>
  edit(setting: NodeSetting, value: SettingValue | null): void
  /** Gives up what was changed here and not saved. */
  discard(): void
  /** All that was changed, or nothing of it; whether the node took it. */
  save(): Promise<boolean>
  startAgain(): Promise<void>
  /** How the restart went was read. */
  dismiss(): void
}

const ASK_MS = 400
const PATIENCE_MS = 60_000

export function createSettingsForm(call: Call): SettingsForm {
  const held = signal<NodeSettings | undefined>(undefined)
  const edits = signal<Edits>(new Map())
  const trouble = signal<Trouble | undefined>(undefined)
  const isBusy = signal(false)
  const restart = signal<Restart>({ at: 'none' })

  async function load(): Promise<void> {
    const answer = await jsonOf<NodeSettings>(await call('/settings'))
    if (isTrouble(answer)) trouble.value = answer
    else if (!Array.isArray(answer.settings)) trouble.value = { trouble: 'broken' }
    else {
      trouble.value = undefined
      held.value = answer
    }
  }

  return {
    held,
    edits,
    trouble,
    isBusy,
    restart,
    load,
    edit(setting, value) {
      const next = new Map(edits.value)
      if (JSON.stringify(value) === JSON.stringify(setting.value)) next.delete(setting.name)
      else next.set(setting.name, value)
      edits.value = next
      restart.value = { at: 'none' }
    },
    dismiss() {
      restart.value = { at: 'none' }
    },
    discard() {
      edits.value = new Map()
      trouble.value = undefined
    },
    async save() {
      isBusy.value = true
      const body = Object.fromEntries(edits.value)
      const answer = await jsonOf<NodeSettings>(await call('/settings', { method: 'POST', body }))
      isBusy.value = false
      trouble.value = isTrouble(answer) ? answer : undefined
      if (isTrouble(answer)) return false
      held.value = answer
      edits.value = new Map()
      restart.value = { at: 'none' }
      return true
    },
    async startAgain() {
      restart.value = { at: 'waiting' }
      const askedMs = Date.now()
      const answer = await call('/restart', { method: 'POST', body: {} })
      if (isTrouble(answer)) {
        restart.value = { at: 'refused', trouble: answer }
        return
      }
      if (!(await comesBack(call, askedMs))) {
        restart.value = { at: 'lost' }
        return
      }
      await load()
      restart.value = { at: 'back', problem: held.value?.problem ?? null }
    },
  }
}

/** Until a node answers that was not there before, or for as long as somebody would wait. */
async function comesBack(call: Call, askedMs: number): Promise<boolean> {
  let wasAway = false
  while (Date.now() - askedMs < PATIENCE_MS) {
    await new Promise(resolve => setTimeout(resolve, ASK_MS))
    const answer = await jsonOf<NodeStatus>(await call('/status', { timeoutMs: 5_000 }))
    if (isTrouble(answer)) wasAway = true
    else if (wasAway || answer.uptimeSeconds < (Date.now() - askedMs) / 1000) return true
  }
  return false
}

/** Settings that change where or how the page itself is served. */
const PLACE = ['listen-addr-port', 'ssl', 'tls-cert'] as const

/** Where the page stands after a restart, if that is elsewhere; without a code. */
export function originAfterRestart(settings: readonly NodeSetting[], here: string): string | undefined {
  const by = new Map(settings.map(one => [one.name, one]))
  if (!PLACE.some(name => by.get(name)?.pending === true)) return undefined
  const url = new URL(here)
  const listen = by.get('listen-addr-port')
  const port = Number(/:(\d+)$/.exec(String(listen?.value ?? listen?.fallback ?? ''))?.[1])
  // Clients connect to the port after that of the other nodes.
  if (listen?.pending === true && port > 0) url.port = String(port + 1)
  const isTls = by.get('ssl')?.value === true || typeof by.get('tls-cert')?.value === 'string'
  url.protocol = isTls ? 'https:' : 'http:'
  return url.origin === here ? undefined : url.origin
}
