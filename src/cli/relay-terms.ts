/** Settings of the relay endpoint → what it does for others than the owner, or a sentence that says what is wrong. */
import { type Circle, DEFAULTS, type RelayTerms } from '../config.ts'
import type { FlagName } from './flags.ts'
import { numberOf, type Settings } from './parse.ts'
import { isMisuse, type Misuse, misuse } from './surroundings.ts'

const CIRCLES: readonly Circle[] = ['owner', 'listed', 'anyone']
/** More bits than anybody can find. */
const MAX_POW_BITS = 64
/** What is left belongs to the owner. */
const MAX_SHARE_PERCENT = 90
const MAX_NUMBER = 100_000_000
/** An event is no larger (event/limits.ts). */
const MAX_EVENT_KIB = 256
const KIB = 1024

export function relayTerms(settings: Settings): RelayTerms | Misuse {
  const { relay } = DEFAULTS
  const writes = circleOf(settings, 'relay-writes')
  if (isMisuse(writes)) return writes
  const reads = circleOf(settings, 'relay-reads')
  if (isMisuse(reads)) return reads
  const pow = numberOf(settings, 'relay-pow', 0, MAX_POW_BITS)
  if (isMisuse(pow)) return pow
  const urls = urlsOf(settings)
  if (isMisuse(urls)) return urls
  const sharePercent = numberOf(settings, 'guest-share', 1, MAX_SHARE_PERCENT)
  if (isMisuse(sharePercent)) return sharePercent
  const eventsPerAuthor = numberOf(settings, 'guest-events', 1, MAX_NUMBER)
  if (isMisuse(eventsPerAuthor)) return eventsPerAuthor
  const eventsPerMinute = numberOf(settings, 'guest-rate', 0, MAX_NUMBER)
  if (isMisuse(eventsPerMinute)) return eventsPerMinute
  const eventKib = numberOf(settings, 'guest-event-kb', 1, MAX_EVENT_KIB)
  if (isMisuse(eventKib)) return eventKib
  return {
    writes: writes ?? relay.writes,
    reads: reads ?? relay.reads,
    pow: pow ?? relay.pow,
    urls,
    guests: {
      sharePercent: sharePercent ?? relay.guests.sharePercent,
      eventsPerAuthor: eventsPerAuthor ?? relay.guests.eventsPerAuthor,
      eventsPerMinute: eventsPerMinute ?? relay.guests.eventsPerMinute,
      eventBytes: eventKib === undefined ? relay.guests.eventBytes : eventKib * KIB,
    },
  }
}

function circleOf(settings: Settings, name: FlagName): Circle | undefined | Misuse {
  const setting = settings.get(name)
  if (setting === undefined) return undefined
  const text = setting.values[0]!.toLowerCase()
  const circle = CIRCLES.find(candidate => candidate === text)
  return circle ?? misuse(`${setting.from} must be owner, listed or anyone, not "${setting.values[0]}".`)
}

/** Each once, as URLs are compared: the host in lower case, no slash at the end. */
function urlsOf(settings: Settings): readonly string[] | Misuse {
  const setting = settings.get('relay-url')
  const urls = new Set<string>()
  for (const text of setting?.values ?? []) {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || !['ws:', 'wss:'].includes(url.protocol) || url.username !== '' || url.search !== '') {
      return misuse(`${setting!.from} must be a URL such as wss://relay.example.org, not "${text}".`)
    }
    urls.add(url.href.replace(/\/+$/, ''))
  }
  return [...urls]
}
