/** A client's message: text → one of the closed list, or the answer that says what is wrong with it. Pure. */
import { type Filter, parseFilter } from '../event/filter.ts'
import { isHex32 } from '../event/hex.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import type { RelayLimits } from './limits.ts'
import { refusalText } from './prefix.ts'

/** `filters` are as the client wrote them, their limits aside, which are within the relay's. */
export type ClientMessage =
  | { readonly type: 'EVENT' | 'AUTH'; readonly event: unknown; readonly id: string }
  | { readonly type: 'REQ' | 'COUNT'; readonly id: string; readonly filters: readonly Filter[] }
  | { readonly type: 'CLOSE' | 'NEG-CLOSE'; readonly id: string }
  | { readonly type: 'NEG-OPEN'; readonly id: string; readonly filter: Filter; readonly message: string }
  | { readonly type: 'NEG-MSG'; readonly id: string; readonly message: string }

/** What the client is sent instead: NOTICE, OK, CLOSED or NEG-ERR with the reason. */
export interface Complaint {
  readonly answer: readonly unknown[]
  /** What the answer tells to be over with it. */
  readonly ends?: Extract<ClientMessage, { readonly type: 'CLOSE' | 'NEG-CLOSE' }>
}

type Bounds = Pick<RelayLimits, 'maxIdChars' | 'maxFilters' | 'maxLimit' | 'defaultLimit'>

export function parseMessage(text: string, bounds: Bounds): ClientMessage | Complaint {
  const message = parseJson(text)
  if (!Array.isArray(message)) return notice('A message is a JSON array, such as ["REQ", "some id", {}].')
  const [type, ...rest] = message as unknown[]
  switch (type) {
    case 'EVENT':
    case 'AUTH':
      return parseEventMessage(type, rest[0])
    case 'REQ':
    case 'COUNT':
    case 'CLOSE':
    case 'NEG-OPEN':
    case 'NEG-MSG':
    case 'NEG-CLOSE':
      return parseSubscriptionMessage(type, rest, bounds)
    default:
      return notice(
        'The first element of a message is one of EVENT, REQ, CLOSE, COUNT, AUTH, NEG-OPEN, NEG-MSG, NEG-CLOSE.',
      )
  }
}

export function isComplaint(value: ClientMessage | Complaint): value is Complaint {
  return 'answer' in value
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The answer to an event names its id, so one without an id gets a notice. What else is wrong with it the flow says. */
function parseEventMessage(type: 'EVENT' | 'AUTH', event: unknown): ClientMessage | Complaint {
  const id = typeof event === 'object' && event !== null && 'id' in event ? event.id : undefined
  if (!isHex32(id)) return notice(`${type} carries an event with an id of 64 lower-case hex digits.`)
  return { type, event, id }
}

function parseSubscriptionMessage(
  type: Exclude<ClientMessage['type'], 'EVENT' | 'AUTH'>,
  [id, ...rest]: readonly unknown[],
  bounds: Bounds,
): ClientMessage | Complaint {
  if (typeof id !== 'string' || id === '' || id.length > bounds.maxIdChars || !id.isWellFormed()) {
    return notice(`The second element of ${type} is an id of 1 to ${bounds.maxIdChars} characters.`)
  }
  switch (type) {
    case 'CLOSE':
    case 'NEG-CLOSE':
      return { type, id }
    case 'REQ':
    case 'COUNT': {
      const filters = parseFilters(type, rest, bounds)
      return isRejection(filters) ? closed(type, id, filters) : { type, id, filters }
    }
    case 'NEG-MSG':
      return isHexText(rest[0]) ? { type, id, message: rest[0] } : negError(id, HEX_WANTED)
    case 'NEG-OPEN': {
      // `@nostr-dev-kit/sync` writes an array of one.
      const filter = parseOneFilter(Array.isArray(rest[0]) && rest[0].length === 1 ? rest[0][0] : rest[0])
      if (isRejection(filter)) return negError(id, filter)
      return isHexText(rest[1]) ? { type, id, filter, message: rest[1] } : negError(id, HEX_WANTED)
    }
  }
}

function parseFilters(type: string, inputs: readonly unknown[], bounds: Bounds): Filter[] | Rejection {
  if (inputs.length === 0) return reject('malformed', `${type} needs a filter; {} asks for everything.`)
  if (inputs.length > bounds.maxFilters) {
    return reject('too-large', `${type} may have ${bounds.maxFilters} filters; this one has ${inputs.length}.`)
  }
  const filters: Filter[] = []
  for (const input of inputs) {
    const filter = parseOneFilter(input)
    if (isRejection(filter)) return filter
    filters.push({ ...filter, limit: Math.min(filter.limit ?? bounds.defaultLimit, bounds.maxLimit) })
  }
  return filters
}

/**
 * Fields that are no filter fields are passed over, as a later NIP may bring them; but passing over a condition on tags
 * would answer with what was not asked for.
 */
function parseOneFilter(input: unknown): Filter | Rejection {
  const filter = parseFilter(input)
  if (isRejection(filter)) return filter
  const odd = Object.keys(input as object).find(name => name.startsWith('#') && !/^#[a-zA-Z]$/.test(name))
  if (odd === undefined) return filter
  return reject('malformed', 'Only tags of one letter (#a to #Z) can be asked for.')
}

const HEX_WANTED = reject('malformed', 'The last element is a negentropy message in hex.')

function isHexText(value: unknown): value is string {
  return typeof value === 'string' && value.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(value)
}

function notice(reason: string): Complaint {
  return { answer: ['NOTICE', `invalid: ${reason}`] }
}

function closed(type: 'REQ' | 'COUNT', id: string, rejection: Rejection): Complaint {
  const answer = ['CLOSED', id, refusalText(rejection)]
  return type === 'COUNT' ? { answer } : { answer, ends: { type: 'CLOSE', id } }
}

function negError(id: string, rejection: Rejection): Complaint {
  return { answer: ['NEG-ERR', id, refusalText(rejection)], ends: { type: 'NEG-CLOSE', id } }
}
