/** Why a node did not start, as one sentence that says what to do. */
import { CertificateError } from './api/certificates.ts'
import { ListenError } from './api/server.ts'
import type { Config } from './config.ts'
import { DataDirectoryError } from './store/data-directory.ts'
import { StoreUnusable } from './store/fault.ts'

/** A start that failed for a reason that the user can mend; `message` is the sentence. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** What can be mended becomes a `StartError`; anything else is a bug and stays what it is. */
export function asStartError(error: unknown, config: Config): unknown {
  if (error instanceof DataDirectoryError || error instanceof StoreUnusable || error instanceof CertificateError) {
    return new StartError(error.message, { cause: error })
  }
  if (error instanceof ListenError)
    return new StartError(listenSentence(error.reason, error.host, error.port), { cause: error })
  const code = systemCode(error)
  if (code === 'EADDRINUSE') return overlayError('in-use', config, error)
  if (code === 'EACCES') return overlayError('not-permitted', config, error)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return overlayError('no-such-address', config, error)
  return error
}

function overlayError(reason: ListenError['reason'], { listen }: Config, cause: unknown): StartError {
  return new StartError(listenSentence(reason, listen.host, listen.port), { cause })
}

function listenSentence(reason: ListenError['reason'], host: string, port: number): string {
  switch (reason) {
    case 'in-use':
      return `Port ${port} is already used by another program. Start with -l ${host}:${port >= 60_000 ? 20_100 : port + 100}, or stop that program.`
    case 'not-permitted':
      return `Port ${port} may not be used by this user. Start with a port above 1023, for example -l ${host}:20000.`
    case 'no-such-address':
      return `This machine has no address ${host}. Start with -l 0.0.0.0:${port} for all its addresses, or -l 127.0.0.1:${port} for this machine only.`
    case 'other':
      return `The node cannot listen on ${host}:${port}. Start with another address, for example -l 127.0.0.1:20000.`
  }
}

/** The system's code, wherever libp2p has wrapped it. */
function systemCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) return error.errors.map(systemCode).find(code => code !== undefined)
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return systemCode(error.cause) ?? /\b(EADDRINUSE|EACCES|EADDRNOTAVAIL)\b/.exec(error.message)?.[1]
}
