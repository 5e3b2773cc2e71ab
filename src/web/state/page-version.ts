/** Whether the node serves another page than this one: it was updated while the page was open, or kept on the device. */
import { type ReadonlySignal, signal } from '@preact/signals'
import { type Call, jsonOf } from '../node/call.ts'
import { isTrouble } from '../node/trouble.ts'

export interface PageVersion {
  readonly isOther: ReadonlySignal<boolean>
  /** Looks, if that was not done lately. */
  check(): void
}

const REST_MS = 10 * 60_000

/** @param own path of this page's script, as `files.json` has it (R12.2); its name holds a hash of all that it is */
export function createPageVersion(call: Call, own: string): PageVersion {
  const isOther = signal(false)
  let lastMs = Number.NEGATIVE_INFINITY
  async function look(): Promise<void> {
    const files = await jsonOf<{ paths?: unknown }>(await call('/files.json'))
    if (isTrouble(files) || !Array.isArray(files.paths)) return
    isOther.value = !files.paths.includes(own)
  }
  return {
    isOther,
    check() {
      if (Date.now() - lastMs < REST_MS) return
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
