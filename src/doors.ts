/** What the doors for browsers take from the data directory and from the TLS files. */
import { certificateNames, watchCertificate } from './api/certificates.ts'
import type { Config } from './config.ts'
import type { Clock } from './observe/clock.ts'
import type { Logger } from './observe/log.ts'
import type { AutoTlsStore } from './overlay/doors/auto-tls.ts'
import { certificateText, makeDoorCertificate, readDoorCertificate } from './overlay/doors/certificate.ts'
import type { DoorsParts } from './overlay/doors/doors.ts'
import { AUTO_TLS_FILE, type DataDirectory, DOOR_FILE } from './store/data-directory.ts'
import type { KeptFile } from './store/kept-file.ts'
import { AGENT } from './version.ts'

const CERTIFICATE_CHECK_MS = 10_000

export function doorsParts(
  { browsers, tls, autoTls }: Pick<Config, 'browsers' | 'tls' | 'autoTls'>,
  directory: Pick<DataDirectory, 'file'>,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): DoorsParts {
  const file = directory.file(DOOR_FILE)
  return {
    ...browsers,
    async certificate() {
      const text = await file.read()
      const kept = readDoorCertificate(text)
      if (kept !== undefined) return kept
      if (text !== undefined) {
        const aside = await file.setAside()
        log('warn', 'the certificate for browsers is not as the node wrote it; it gets a new one', { file: aside })
      }
      const made = await makeDoorCertificate()
      await file.write(certificateText(made))
      return made
    },
    tls: tlsOf(),
  }

  function tlsOf(): DoorsParts['tls'] {
    if (tls !== undefined) {
      return use => ({
        stop: watchCertificate(tls, {
          clock,
          log,
          everyMs: CERTIFICATE_CHECK_MS,
          use: pair => use(pair, certificateNames(pair)),
        }),
      })
    }
    if (!autoTls) return undefined
    return async (use, components) => {
      const { startAutoTls } = await import('./overlay/doors/auto-tls.ts')
      return startAutoTls({
        components,
        agent: AGENT,
        store: autoTlsStore(directory.file(AUTO_TLS_FILE)),
        clock,
        log,
        use,
      })
    }
  }
}

/** All in one file, base64 by name. */
function autoTlsStore(file: KeptFile): AutoTlsStore {
  const entries = async () => {
    const text = await file.read()
    return new Map<string, string>(text === undefined ? [] : Object.entries(JSON.parse(text) as Record<string, string>))
  }
  return {
    async get(name) {
      const text = (await entries()).get(name)
      return text === undefined ? undefined : Buffer.from(text, 'base64')
    },
    async put(name, value) {
      const all = (await entries()).set(name, Buffer.from(value).toString('base64'))
      await file.write(`${JSON.stringify(Object.fromEntries(all), null, 2)}\n`)
    },
  }
}
