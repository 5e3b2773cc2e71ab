/** The code by which another device is paired (specification/away.md). */
import type { Pairing, PairingRequest } from '../../wire/away.ts'
import { type Call, jsonOf } from './call.ts'
import type { Trouble } from './trouble.ts'

/** @param page what the code opens; undefined: what the node knows */
export async function makePairing(call: Call, page: string | undefined): Promise<Pairing | Trouble> {
  const body: PairingRequest = page === undefined ? {} : { page }
  return jsonOf<Pairing>(await call('/pairing', { method: 'POST', body }))
}

/** Whether or not it was used: it lets nobody in any more. */
export async function takeBackPairing(call: Call, id: string): Promise<void> {
  await call(`/pairing/${encodeURIComponent(id)}`, { method: 'DELETE' })
}
