/** Settings of `server` → the configuration of a node, or a sentence that says what is wrong with them. */
import { join, resolve } from 'node:path'
import { type Config, DEFAULTS } from '../config.ts'
import { parsePublicKey } from '../event/keys.ts'
import { isRejection } from '../event/rejection.ts'
import { parseAnnounced, parseBootstrap, parseListen } from './addresses.ts'
import { defaultDataDir } from './data-dir.ts'
import type { FlagName } from './flags.ts'
import { isOn, numberOf, type Settings, textOf } from './parse.ts'
import { relayTerms } from './relay-terms.ts'
import { isMisuse, type Misuse, misuse, type Surroundings } from './surroundings.ts'

const MIB = 1024 * 1024
/** Fewer would not hold the profiles of the people one follows. */
const MIN_EVENTS = 100
const MAX_EVENTS = 100_000_000
const MIN_STORE_MIB = 8
const MAX_STORE_MIB = 1024 * 1024

export function serverConfig(settings: Settings, surroundings: Surroundings): Config | Misuse {
  const listen = listenOf(settings)
  if (isMisuse(listen)) return listen
  const bootstraps = addressesOf(settings, 'boot-peer-addr-port', parseBootstrap)
  if (isMisuse(bootstraps)) return bootstraps
  const announce = addressesOf(settings, 'announce', (text, from) => parseAnnounced(text, from, listen.port))
  if (isMisuse(announce)) return announce
  const owner = ownerOf(settings)
  if (isMisuse(owner)) return owner
  const tls = tlsOf(settings, surroundings)
  if (isMisuse(tls)) return tls
  const browsers = browserDoors(settings, listen.port)
  if (isMisuse(browsers)) return browsers
  const servePage = whenOf(settings, 'serve-page', DEFAULTS.servePage)
  if (isMisuse(servePage)) return servePage
  const maxEvents = numberOf(settings, 'max-events', MIN_EVENTS, MAX_EVENTS)
  if (isMisuse(maxEvents)) return maxEvents
  const maxStoreMib = numberOf(settings, 'max-store-mb', MIN_STORE_MIB, MAX_STORE_MIB)
  if (isMisuse(maxStoreMib)) return maxStoreMib
  const relay = relayTerms(settings)
  if (isMisuse(relay)) return relay
  const dataDir = textOf(settings, 'data-dir')
  return {
    listen,
    clientPort: listen.port === 0 ? 0 : listen.port + 1,
    bootstraps,
    announce,
    mdns: switchOf(settings, 'mdns', DEFAULTS.mdns),
    portMapping: switchOf(settings, 'port-mapping', DEFAULTS.portMapping),
    owner: owner.pubkey,
    writable: switchOf(settings, 'writable', DEFAULTS.writable),
    nativeVerifier: switchOf(settings, 'native-verifier', DEFAULTS.nativeVerifier),
    dataDir: dataDir === undefined ? defaultDataDir(owner.pubkey, surroundings) : pathOf(dataDir, surroundings),
    browsers,
    servePage,
    autoTls: switchOf(settings, 'auto-tls', DEFAULTS.autoTls),
    tls: tls.files,
    maxEvents: maxEvents ?? DEFAULTS.maxEvents,
    maxBytes: maxStoreMib === undefined ? DEFAULTS.maxBytes : maxStoreMib * MIB,
    relay,
    tuning: DEFAULTS.tuning,
  }
}

function listenOf(settings: Settings): Config['listen'] | Misuse {
  const setting = settings.get('listen-addr-port')
  return setting === undefined ? DEFAULTS.listen : parseListen(setting.values[0]!, setting.from)
}

type When = Config['servePage']
const WHEN: readonly When[] = ['auto', 'on', 'off']
const MAX_PORT = 65_535

function browserDoors(settings: Settings, listenPort: number): Config['browsers'] | Misuse {
  const when = whenOf(settings, 'browsers', DEFAULTS.browsers.when)
  if (isMisuse(when)) return when
  const port = numberOf(settings, 'browser-port', 1, MAX_PORT)
  if (isMisuse(port)) return port
  const usual = listenPort === 0 || listenPort + 2 > MAX_PORT ? 0 : listenPort + 2
  return { when, port: port ?? usual }
}

function whenOf(settings: Settings, name: FlagName, fallback: When): When | Misuse {
  const setting = settings.get(name)
  if (setting === undefined) return fallback
  const when = WHEN.find(known => known === setting.values[0]!.toLowerCase())
  return when ?? misuse(`${setting.from} must be auto, on or off, not "${setting.values[0]}".`)
}

function switchOf(settings: Settings, name: FlagName, fallback: boolean): boolean {
  return settings.has(name) ? isOn(settings.get(name)) : fallback
}

/** Each address once, in the order given. */
function addressesOf(
  settings: Settings,
  name: FlagName,
  parse: (text: string, from: string) => string | Misuse,
): string[] | Misuse {
  const setting = settings.get(name)
  const addresses = new Set<string>()
  for (const text of setting?.values ?? []) {
    const address = parse(text, setting!.from)
    if (isMisuse(address)) return address
    addresses.add(address)
  }
  return [...addresses]
}

function ownerOf(settings: Settings): { pubkey: string | undefined } | Misuse {
  const setting = settings.get('public-key')
  if (setting === undefined) return { pubkey: undefined }
  const pubkey = parsePublicKey(setting.values[0]!)
  return isRejection(pubkey) ? misuse(`${setting.from}: ${pubkey.reason}`) : { pubkey }
}

function tlsOf(settings: Settings, surroundings: Surroundings): { files: Config['tls'] } | Misuse {
  const cert = textOf(settings, 'tls-cert')
  const key = textOf(settings, 'tls-key')
  const ssl = settings.get('ssl')
  if (cert !== undefined && key !== undefined) {
    if (ssl !== undefined && !isOn(ssl)) {
      return misuse(`${ssl.from} false and --tls-cert contradict each other. Leave one of them out.`)
    }
    return { files: { certFile: pathOf(cert, surroundings), keyFile: pathOf(key, surroundings) } }
  }
  if (cert !== undefined) return misuse('--tls-cert needs --tls-key <file>: the private key of the certificate.')
  if (key !== undefined) return misuse('--tls-key needs --tls-cert <file>: the certificate chain of the key.')
  if (!isOn(ssl)) return { files: undefined }
  return {
    files: {
      certFile: join(surroundings.workDir, 'fullchain.pem'),
      keyFile: join(surroundings.workDir, 'privkey.pem'),
    },
  }
}

/** A path as typed; `~` too, which no shell expands in an environment file. */
export function pathOf(text: string, { homeDir, workDir }: Pick<Surroundings, 'homeDir' | 'workDir'>): string {
  if (text === '~' || text.startsWith('~/')) return join(homeDir, text.slice(1))
  return resolve(workDir, text)
}
