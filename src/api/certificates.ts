/** A TLS certificate and its key, read again when their files change; a pair that does not fit is never used. */
import { X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { Clock } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'

export interface CertificateFiles {
  /** PEM, the chain from the server's certificate upwards. */
  readonly certFile: string
  /** PEM, without a passphrase. */
  readonly keyFile: string
}

export interface KeyPair {
  readonly cert: Buffer
  readonly key: Buffer
}

/** A certificate that the server cannot start with; `message` is a sentence for the person who starts it. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
}

/** @throws CertificateError when a file cannot be read, or the two do not belong together */
export async function readCertificate(files: CertificateFiles): Promise<KeyPair> {
  const cert = await readPem(files.certFile)
  const key = await readPem(files.keyFile)
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    throw new CertificateError(
      `${files.certFile} and ${files.keyFile} are no pair of a certificate and its key: ${messageOf(error)}`,
    )
  }
  return { cert, key }
}

/** The DNS names that the certificate is for; none of one that cannot be read. */
export function certificateNames({ cert }: Pick<KeyPair, 'cert'>): string[] {
  try {
    const { subjectAltName = '' } = new X509Certificate(cert)
    return [...subjectAltName.matchAll(/(?:^|, )DNS:([\w*.-]+)/g)].map(([, name]) => name!)
  } catch {
    return []
  }
}

/**
 * Looks at the files every `everyMs` and hands a changed pair over once it is whole; until then the old one stays, and
 * the log says why, once for each reason. By polling, for certificate tools replace links and directories.
 * @returns stops looking
 */
export function watchCertificate(
  files: CertificateFiles,
  parts: { clock: Clock; log: Logger; everyMs: number; use: (pair: KeyPair) => void },
): () => void {
  let used: string | undefined
  let complaint = ''
  let stopped = false
  let cancel = () => {}

  async function look(): Promise<void> {
    try {
      const now = await fingerprint(files)
      if (now !== used) {
        parts.use(await readCertificate(files))
        if (used !== undefined) parts.log('info', 'the TLS certificate was read again', { file: files.certFile })
      }
      used = now
      complaint = ''
    } catch (error) {
      const reason = messageOf(error)
      if (reason !== complaint)
        parts.log('warn', 'the changed TLS certificate is not usable; the old one stays', { reason })
      complaint = reason
    }
    if (!stopped) cancel = parts.clock.after(parts.everyMs, () => void look())
  }

  void look()
  return () => {
    stopped = true
    cancel()
  }
}

async function readPem(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') {
      throw new CertificateError(
        `The TLS file ${file} is not there. Put it there, or name others with --tls-cert and --tls-key.`,
      )
    }
    throw new CertificateError(`The TLS file ${file} cannot be read (${messageOf(error)}). Check its permissions.`)
  }
}

async function fingerprint({ certFile, keyFile }: CertificateFiles): Promise<string> {
  const stats = await Promise.all([stat(certFile), stat(keyFile)])
  return stats.map(({ ino, size, mtimeMs }) => `${ino}/${size}/${mtimeMs}`).join(' ')
}
