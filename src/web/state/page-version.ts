/** Whether this page fits its node: it was kept on the device, left open, or comes from somewhere else than the node. */
import { type ReadonlySignal, signal } from '@preact/signals'
import { PAGE_API, type Version } from '../../wire/version.ts'
import { type Call, jsonOf } from '../node/call.ts'
import { isTrouble } from '../node/trouble.ts'
import type { WayKind } from '../way/way.ts'

export type PageFault =
  /** The node, from which this page comes, has another one by now. */
  | 'other'
  /** The page comes from elsewhere, and one of the two does not know what the other one needs. */
  | 'old'
  | 'new'

export interface PageVersion {
  readonly fault: ReadonlySignal<PageFault | undefined>
  /** Looks, if that was not done lately. */
  check(): void
}

export interface PageVersionParts {
  readonly call: Call
  /** Path of this page's script, as `files.json` has it (R12.2); its name holds a hash of all that it is. */
  readonly own: string
  readonly kind: () => WayKind | undefined
  readonly api?: number
}

const REST_MS = 10 * 60_000

export function createPageVersion({ call, own, kind, api = PAGE_API }: PageVersionParts): PageVersion {
  const fault = signal<PageFault | undefined>(undefined)
  let lastMs = Number.NEGATIVE_INFINITY
  let lastKind: WayKind | undefined

  async function look(): Promise<void> {
    const found = kind() === 'origin' ? await lookAtFiles() : await lookAtVersion()
    if (found !== undefined) fault.value = found === 'none' ? undefined : found
  }

  async function lookAtFiles(): Promise<PageFault | 'none' | undefined> {
    const files = await jsonOf<{ paths?: unknown }>(await call('/files.json'))
    if (isTrouble(files) || !Array.isArray(files.paths)) return undefined
    return files.paths.includes(own) ? 'none' : 'other'
  }

  async function lookAtVersion(): Promise<PageFault | 'none' | undefined> {
    const version = await jsonOf<Partial<Version>>(await call('/version'))
    if (isTrouble(version) || typeof version.api !== 'number') return undefined
    return version.api === api ? 'none' : version.api > api ? 'old' : 'new'
  }

  return {
    fault,
    check() {
      if (kind() === lastKind && Date.now() - lastMs < REST_MS) return
      lastKind = kind()
      lastMs = Date.now()
      void look()
    },
  }
}

/** A service worker may take so long to fetch a newer page. */
const RENEW_MS = 8_000

/** Loads the page with what its address has by now, although a service worker answers with what it kept. */
export async function loadAnew(): Promise<void> {
  const worker = navigator.serviceWorker?.controller
  if (worker != null) {
    const { port1, port2 } = new MessageChannel()
    worker.postMessage('renew', [port2])
    await new Promise<void>(resolve => {
      port1.onmessage = () => resolve()
      setTimeout(resolve, RENEW_MS)
    })
  }
  location.reload()
}
