/** Finds the node that runs on this machine by its client side, and asks it how it is. */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Config } from '../config.ts'
import type { NodeStatus } from '../wire/node-status.ts'

/** `silent`: a node answers there, but does not tell its state to us. `none`: no node answers there. */
export type FoundNode =
  | { readonly state: 'running'; readonly status: NodeStatus }
  | { readonly state: 'silent' }
  | { readonly state: 'none' }

/** On the same machine; a node at work answers in milliseconds. */
const ANSWER_MS = 2_000
/** A status with 128 peers and 200 deliveries has 150 kB. */
const MAX_STATUS_BYTES = 4 * 1024 * 1024

/** @param token the access token of the data directory, which a node that does not listen on the loopback asks for */
export async function findRunningNode(config: Config, token: string | undefined): Promise<FoundNode> {
  if (config.clientPort === 0) return { state: 'none' }
  const place = `${hostOf(config.listen.host)}:${config.clientPort}`
  const schemes = config.tls === undefined ? ['http', 'https'] : ['https', 'http']
  const origins = schemes.map(scheme => `${scheme}://${place}`)
  const healths = await Promise.all(origins.map(origin => get(`${origin}/healthz`)))
  const origin = origins[healths.findIndex(health => health?.status === 200 && health.text.includes('"OK"'))]
  if (origin === undefined) return { state: 'none' }
  const status = (await statusOf(origin)) ?? (token === undefined ? undefined : await statusOf(`${origin}/k/${token}`))
  return status === undefined ? { state: 'silent' } : { state: 'running', status }
}

/** "All addresses" is none that can be asked: the loopback stands for it. */
function hostOf(listenHost: string): string {
  if (listenHost === '0.0.0.0') return '127.0.0.1'
  if (listenHost === '::') return '[::1]'
  return listenHost.includes(':') ? `[${listenHost}]` : listenHost
}

async function statusOf(url: string): Promise<NodeStatus | undefined> {
  const answer = await get(`${url}/status`)
  if (answer?.status !== 200) return undefined
  try {
    const status: unknown = JSON.parse(answer.text)
    return isStatus(status) ? status : undefined
  } catch {
    return undefined
  }
}

/** As much of it as tells a node from another program. */
function isStatus(value: unknown): value is NodeStatus {
  return typeof value === 'object' && value !== null && 'node' in value && 'overlay' in value && 'peers' in value
}

/** Undefined when nobody answers in time, or not over HTTP. */
function get(url: string): Promise<{ status: number; text: string } | undefined> {
  const { promise, resolve } = Promise.withResolvers<{ status: number; text: string } | undefined>()
  const options = {
    timeout: ANSWER_MS,
    agent: false,
    signal: AbortSignal.timeout(ANSWER_MS),
    rejectUnauthorized: false,
  }
  // The certificate is for the name that clients use; here the machine asks itself.
  const request = url.startsWith('https:') ? httpsRequest(url, options) : httpRequest(url, options)
  request.on('response', response => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part
      if (text.length > MAX_STATUS_BYTES) request.destroy()
    })
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    response.on('close', () => resolve(undefined))
  })
  request.on('error', () => resolve(undefined))
  request.end()
  return promise
}
