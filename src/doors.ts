/** What the doors for browsers take from the data directory and from the TLS files. */
import { certificateNames, watchCertificate } from './api/certificates.ts'
import type { Config } from './config.ts'
import type { Clock } from './observe/clock.ts'
import type { Logger } from './observe/log.ts'
import { certificateText, makeDoorCertificate, readDoorCertificate } from './overlay/door-certificate.ts'
import type { DoorsParts } from './overlay/doors.ts'
import { type DataDirectory, DOOR_FILE } from './store/data-directory.ts'

const CERTIFICATE_CHECK_MS = 10_000

export function doorsParts(
  { browsers, tls }: Pick<Config, 'browsers' | 'tls'>,
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
    tls:
      tls &&
      (use =>
        watchCertificate(tls, {
          clock,
          log,
          everyMs: CERTIFICATE_CHECK_MS,
          use: pair => use(pair, certificateNames(pair)),
        })),
  }
}
