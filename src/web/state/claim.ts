/** Making the node somebody's, signing for it anew, and letting this device in: each by one signature. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { bindingFault, boundNode } from '../../event/binding.ts'
import type { EventTemplate, NostrEvent } from '../../event/event.ts'
import { KIND } from '../../event/kinds.ts'
import { MAX_FUTURE_SECONDS } from '../../event/limits.ts'
import { pubkeyOf } from '../../event/npub.ts'
import type { BindingReport } from '../../wire/binding-report.ts'
import type { NewDevice } from '../../wire/devices.ts'
import { isSignerTrouble, type Signer, type SignerTrouble } from '../key/signer.ts'
import { type Call, jsonOf } from '../node/call.ts'
import { isTrouble, type Trouble } from '../node/trouble.ts'
import { nowSeconds } from './clock.ts'
import type { Session } from './session.ts'

/** Why it came to nothing, beside what node and signer say. */
export interface ClaimTrouble {
  readonly claimTrouble: /** What the node wants signed is no binding of this node: nothing is signed. */
    | 'not-binding'
    /** Device and node differ by more than what a signature may be off. */
    | 'clock'
    /** The one-time code does not count (any more). */
    | 'spent'
    | 'owned'
    /** `-w false`. */
    | 'read-only'
    /** Sign-in: the key is not the owner's. */
    | 'wrong-owner'
    /** Sign-in: the node does not know the address it was called by. */
    | 'unknown-name'
  /** `clock`: seconds since 1970 at the node. */
  readonly nodeSeconds?: number
}

export type Claimed = 'done' | ClaimTrouble | SignerTrouble | Trouble

export function isClaimTrouble(value: unknown): value is ClaimTrouble {
  return typeof value === 'object' && value !== null && 'claimTrouble' in value
}

/** The event of GET /binding, if it is what it should be: a binding of that node, dated now, that has an end. */
export function bindingToSign({ node, event }: BindingReport, nowSeconds: number): EventTemplate | ClaimTrouble {
  const { kind, created_at, tags, content } = event
  const isBinding =
    kind === KIND.appData &&
    Number.isSafeInteger(created_at) &&
    content === '' &&
    boundNode({ kind, tags }) === node &&
    tags.length === 2 &&
    tags.every(([name]) => name === 'd' || name === 'expiration') &&
    bindingFault({ created_at, tags }, created_at) === undefined
  if (!isBinding) return { claimTrouble: 'not-binding' }
  if (Math.abs(created_at - nowSeconds) > MAX_FUTURE_SECONDS) return { claimTrouble: 'clock', nodeSeconds: created_at }
  return { kind, created_at, tags, content }
}

/** Signs what GET /binding says now; what an earlier answer said may have been overtaken, as by another owner. */
async function signBinding(call: Call, signer: Signer): Promise<NostrEvent | ClaimTrouble | SignerTrouble | Trouble> {
  const binding = await jsonOf<BindingReport>(await call('/binding'))
  if (isTrouble(binding)) return binding
  if (binding.owner !== null && pubkeyOf(binding.owner) !== signer.pubkey) return { claimTrouble: 'owned' }
  const template = bindingToSign(binding, nowSeconds())
  return isClaimTrouble(template) ? template : signer.sign(template)
}

const isFailure = (value: object): value is ClaimTrouble | SignerTrouble | Trouble =>
  isClaimTrouble(value) || isSignerTrouble(value) || isTrouble(value)

/** @param deviceName what this device is called in the owner's list */
export async function claimNode(session: Session, signer: Signer, deviceName: string): Promise<Claimed> {
  const event = await signBinding(session.call, signer)
  if (isTrouble(event)) return claimTroubleOf(event)
  if (isFailure(event)) return event
  const path = `/publish?device=${encodeURIComponent(deviceName)}`
  const answer = await jsonOf<{ device?: NewDevice | null }>(await session.call(path, { method: 'POST', body: event }))
  if (isTrouble(answer)) return claimTroubleOf(answer)
  await enter(session, answer.device)
  return 'done'
}

function claimTroubleOf(trouble: Trouble): ClaimTrouble | Trouble {
  if (trouble.status === 406) return { claimTrouble: 'read-only' }
  if (trouble.trouble === 'locked' || trouble.code === 'unclaimed') return { claimTrouble: 'spent' }
  return trouble.code === 'not-owner' ? { claimTrouble: 'owned' } : trouble
}

/** The code with which the claim was made ends with it; this device gets one of its own. */
function enter(session: Session, device: NewDevice | null | undefined): Promise<void> {
  return device === undefined || device === null ? session.arrive() : session.adopt(device.token)
}

/** The owner's next signature for the node. */
export async function renewBinding(session: Session, signer: Signer): Promise<Claimed> {
  const event = await signBinding(session.call, signer)
  if (isFailure(event)) return event
  const answer = await jsonOf<object>(await session.call('/publish', { method: 'POST', body: event }))
  if (isTrouble(answer)) return answer.status === 406 ? { claimTrouble: 'read-only' } : answer
  await session.arrive()
  return 'done'
}

/** A code for this device, for a signature of the owner (NIP-98). */
export async function signIn(session: Session, signer: Signer, deviceName: string): Promise<Claimed> {
  const body = { name: deviceName }
  const proof = await signer.sign({
    kind: KIND.httpAuth,
    created_at: nowSeconds(),
    tags: [
      ['u', `${session.address().origin}/devices`],
      ['method', 'POST'],
      ['payload', bytesToHex(sha256(utf8ToBytes(JSON.stringify(body))))],
    ],
    content: '',
  })
  if (isSignerTrouble(proof)) return proof
  const credentials = `Nostr ${base64(utf8ToBytes(JSON.stringify(proof)))}`
  const answer = await session.call('/devices', { method: 'POST', body, authorization: credentials })
  const device = await jsonOf<NewDevice>(answer)
  if (isTrouble(device)) return signInTroubleOf(device)
  await enter(session, device)
  return 'done'
}

/** What a status alone does not tell apart (src/api/http-auth.ts). */
const PROOF_TROUBLES: Readonly<Record<string, ClaimTrouble['claimTrouble']>> = {
  'wrong-signer': 'wrong-owner',
  'wrong-time': 'clock',
  'wrong-address': 'unknown-name',
}

function signInTroubleOf(trouble: Trouble): ClaimTrouble | Trouble {
  const claimTrouble = PROOF_TROUBLES[trouble.code ?? '']
  return claimTrouble === undefined ? trouble : { claimTrouble }
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
}

/** `Firefox, Android`: what somebody recognises in a list of devices. */
export function deviceName(userAgent: string): string {
  const first = (names: readonly (readonly [RegExp, string])[]): string | undefined =>
    names.find(([pattern]) => pattern.test(userAgent))?.[1]
  const browser = first([
    [/Firefox|FxiOS/, 'Firefox'],
    [/Edg/, 'Edge'],
    [/OPR/, 'Opera'],
    [/Chrome|CriOS/, 'Chrome'],
    [/Safari/, 'Safari'],
  ])
  const system = first([
    [/Android/, 'Android'],
    [/iPhone/, 'iPhone'],
    [/iPad/, 'iPad'],
    [/Windows/, 'Windows'],
    [/Mac OS/, 'Mac'],
    [/Linux|CrOS/, 'Linux'],
  ])
  return [browser, system].filter(part => part !== undefined).join(', ') || 'Browser'
}
