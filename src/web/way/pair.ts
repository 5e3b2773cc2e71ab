/** Pairing: this browser shows the secret of a code, and is a device of the owner from then on (specification/away.md). */
import { base64urlnopad } from '@scure/base'
import type { Paired, PairRequest } from '../../wire/away.ts'
import type { PairingCode } from '../../wire/pairing-code.ts'
import type { RefusalBody } from '../../wire/refusal.ts'
import { isAway } from '../keep/kept-node.ts'
import { createOriginWay } from './origin-way.ts'
import type { Overlay, Search } from './overlay.ts'
import type { Way, WayFault } from './way.ts'

export type PairFault =
  | WayFault
  /** No such code at the node, or it was taken back. */
  | 'pairing-unknown'
  | 'pairing-used'
  | 'pairing-expired'
  /** The node is there, and said nothing in time. */
  | 'slow'

export interface PairParts {
  readonly code: PairingCode
  /** What this device is called in the owner's list. */
  readonly name: string
  /** Of this page. */
  readonly origin: string
  /** Of this browser's key. */
  readonly peer: string
  readonly overlay: () => Promise<Overlay>
  /** Opens the node at home, once there is one. */
  readonly token: () => string | undefined
  /** Told once, before the way is adopted. */
  readonly onPaired: (paired: Paired, isHere: boolean) => void
  readonly adopt: (way: Way) => void
  readonly search: Omit<Search, 'offer'>
}

const ASK_MS = 15_000
const FIND_MS = 60_000

export async function pair(parts: PairParts): Promise<'paired' | PairFault> {
  const { code, name, origin, token, peer, overlay, onPaired, adopt, search } = parts
  const body = { secret: base64urlnopad.encode(code.secret), name }
  let result: 'paired' | PairFault | undefined

  async function ask(way: Way, request: PairRequest): Promise<'paired' | PairFault> {
    const response = await way.fetch('/pair', {
      method: 'POST',
      // On this stream it is a stranger for the node, which ends those soon.
      headers: { 'Content-Type': 'application/json', Connection: 'close' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(ASK_MS),
    })
    const answer = (await response.json()) as Paired | RefusalBody
    if ('Error' in answer) return faultOf(answer)
    if (!isAway(answer.away)) return 'broken'
    if (answer.away.node !== code.node) return 'wrong-node'
    if (code.owner !== null && answer.away.owner !== code.owner) return 'wrong-owner'
    onPaired(answer, way.kind === 'origin')
    return 'paired'
  }

  // The secret goes to nobody but the node: an address that the code does not name is somebody else's.
  if (code.home.includes(origin)) {
    try {
      const way = createOriginWay({ kind: 'origin', origin, token: () => undefined })
      const told = await ask(way, { ...body, peer })
      // From now on with the token that has come.
      if (told === 'paired') adopt(createOriginWay({ kind: 'origin', origin, token }))
      return told
    } catch {
      // Away from home.
    }
  }
  const offer = async (way: Way): Promise<WayFault | undefined> => {
    result ??= await ask(way, body).catch(slowOrThrow)
    if (result !== 'paired') return 'broken'
    adopt(way)
    return undefined
  }
  try {
    const found = await (await overlay()).find(code, AbortSignal.timeout(FIND_MS), { ...search, offer })
    return result ?? found ?? 'broken'
  } catch {
    return result ?? 'broken'
  }
}

/** A secret that may have been used must not be shown again on the next way: that would say that it is used. */
function slowOrThrow(error: unknown): 'slow' {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'slow'
  throw error
}

const CODES = ['pairing-unknown', 'pairing-used', 'pairing-expired'] as const

function faultOf({ code }: RefusalBody): PairFault {
  return CODES.find(known => known === code) ?? 'broken'
}
