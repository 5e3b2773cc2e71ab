/** A running node as the commands talk to it: one request, and one sentence when it fails. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../observe/log.ts'
import { type Misuse, misuse } from './surroundings.ts'

const DEFAULT_URL = 'http://127.0.0.1:20001'

/** A sentence for the person. */
export interface Failed {
  readonly failed: string
}

export function isFailed(value: unknown): value is Failed {
  return typeof value === 'object' && value !== null && 'failed' in value
}

export interface NodeAccess {
  /** Client address without a slash at its end. */
  readonly url: string
  /** The data directory that may hold the node's access token. */
  readonly dataDir?: string | undefined
  readonly signal: AbortSignal
}

const ANSWER_MS = 15_000
const TOKEN_FORM = /^[\w-]{16,128}$/

/** Asks the node for JSON. */
export async function call(
  access: NodeAccess,
  path: string,
  init: RequestInit,
): Promise<Record<string, unknown> | Failed> {
  const { url, signal } = access
  try {
    const response = await ask(access, path, {
      ...init,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    })
    return readAnswer(response.status, await response.text(), url)
  } catch (error) {
    return { failed: unreachable(url, error) }
  }
}

/** Asks the node for something that is read as it comes, and takes as long as it takes. */
export async function open(access: NodeAccess, path: string, init: RequestInit): Promise<Response | Failed> {
  const { url, signal } = access
  try {
    const response = await ask(access, path, { ...init, signal })
    if (response.status === 200) return response
    const answer = readAnswer(response.status, await response.text(), url)
    return isFailed(answer) ? answer : notANode(url)
  } catch (error) {
    return { failed: unreachable(url, error) }
  }
}

async function ask(access: NodeAccess, path: string, init: RequestInit): Promise<Response> {
  const token = await tokenFor(access)
  const headers = { ...init.headers, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) }
  // A token must not follow a redirect to somebody else.
  return fetch(`${access.url}${path}`, { ...init, headers, redirect: 'error' })
}

function readAnswer(status: number, text: string, url: string): Record<string, unknown> | Failed {
  const value = asObject(text)
  if (value === undefined || status === 404) {
    return notANode(url)
  }
  if (status >= 200 && status < 300) return value
  return { failed: typeof value.Error === 'string' ? value.Error : `The node answered with the status ${status}.` }
}

function notANode(url: string): Failed {
  return { failed: `What answers at ${hiding(url)} is not a node of nostrp2p, or one of an older version.` }
}

function asObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Only for the node of this machine: the token opens what there is to read. */
async function tokenFor({ url, dataDir }: NodeAccess): Promise<string | undefined> {
  const { hostname, pathname } = new URL(url)
  if (dataDir === undefined || pathname.startsWith('/k/') || !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname))
    return undefined
  try {
    const token = (await readFile(join(dataDir, 'token'), 'utf8')).trim()
    return TOKEN_FORM.test(token) ? token : undefined
  } catch {
    // Without it the node is asked as anybody on this machine is.
    return undefined
  }
}

function unreachable(url: string, error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const where = hiding(url)
  if (code === 'ECONNREFUSED') {
    return `No node answers at ${where}. Start it, or give its client address with --url.`
  }
  if (/^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code)) {
    return `The certificate of ${where} is not good for that name. Give the address that the certificate is for with --url.`
  }
  if (error instanceof Error && error.name === 'TimeoutError')
    return `${where} did not answer within ${ANSWER_MS / 1000} s.`
  return `${where} cannot be reached: ${messageOf(cause)}.`
}

/** The address without its token: it is a secret, and this goes on the screen. */
export function hiding(url: string): string {
  return url.replace(/\/k\/[^/]+/, '/k/…')
}

/** The address of `--url` without a slash at its end, or what is wrong with it. */
export function clientUrl(text: string | undefined): string | Misuse {
  const url = URL.parse(text ?? DEFAULT_URL)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return misuse(`--url is the client address of the node, such as ${DEFAULT_URL}.`)
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}
