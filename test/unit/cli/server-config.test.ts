import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { dataFolder, defaultDataDir } from '../../../src/cli/data-dir.ts'
import { parseInvocation } from '../../../src/cli/parse.ts'
import { serverConfig } from '../../../src/cli/server-config.ts'
import { isMisuse, type Surroundings } from '../../../src/cli/surroundings.ts'
import { type Config, DEFAULTS } from '../../../src/config.ts'
import { nsecOf } from '../../../src/event/keys.ts'
import { testSurroundings } from './surroundings.ts'

const PUBKEY = '6a476a583ec2336d80c77339bdc21699fcdeeb1f18b887d23a34519b781b8a1f'
const NPUB = 'npub1dfrk5kp7cgekmqx8wvummsskn87da6clrzug0536x3gek7qm3g0s7h3rga'

function outcome(line: string, changes: Partial<Surroundings> = {}): Config | string {
  const surroundings = testSurroundings(changes)
  const invocation = parseInvocation(
    line.split(' ').filter(word => word !== ''),
    surroundings.env,
  )
  if (isMisuse(invocation)) throw new Error(invocation.misuse)
  const config = serverConfig(invocation.settings, surroundings)
  return isMisuse(config) ? config.misuse : config
}

function config(line: string, changes?: Partial<Surroundings>): Config {
  const made = outcome(line, changes)
  if (typeof made === 'string') throw new Error(made)
  return made
}

function refusal(line: string, changes?: Partial<Surroundings>): string {
  const made = outcome(line, changes)
  if (typeof made !== 'string') throw new Error(`"${line}" was taken`)
  return made
}

describe('server without flags', () => {
  test('runs on the defaults', () => {
    expect(config('')).toEqual({
      listen: { host: '127.0.0.1', port: 20_000 },
      clientPort: 20_001,
      bootstraps: [],
      announce: [],
      browsers: { when: 'auto', port: 20_002 },
      servePage: 'auto',
      autoTls: false,
      mdns: true,
      portMapping: true,
      owner: undefined,
      writable: true,
      nativeVerifier: true,
      dataDir: '/home/ann/.local/share/nostrp2p/default',
      tls: undefined,
      maxEvents: 102_400,
      maxBytes: 512 * 1024 * 1024,
      relay: {
        writes: 'owner',
        reads: 'owner',
        pow: 0,
        urls: [],
        guests: { sharePercent: 25, eventsPerAuthor: 1_000, eventsPerMinute: 60, eventBytes: 65_536 },
      },
      tuning: DEFAULTS.tuning,
    })
  })
})

describe('-l', () => {
  test.each([
    ['127.0.0.1:20000', '127.0.0.1', 20_000],
    ['0.0.0.0:20002', '0.0.0.0', 20_002],
    ['0.0.0.0', '0.0.0.0', 20_000],
    ['20100', '127.0.0.1', 20_100],
    [':20100', '0.0.0.0', 20_100],
    ['localhost:20100', '127.0.0.1', 20_100],
    ['[::]:20000', '::', 20_000],
    ['[::1]:20100', '::1', 20_100],
    ['::1', '::1', 20_000],
  ])('%s listens on %s port %i and serves clients one port above', (text, host, port) => {
    expect(config(`-l ${text}`)).toMatchObject({ listen: { host, port }, clientPort: port + 1 })
  })

  test('port 0 takes free ones', () => {
    expect(config('-l 127.0.0.1:0')).toMatchObject({ listen: { port: 0 }, clientPort: 0 })
  })

  test.each(['example.org:20000', '127.0.0.1:port', '300.1.1.1:20000', '[::1', '1.2.3.4:5:6', '127.0.0.1:'])(
    '%s is refused with an example',
    text => {
      expect(refusal(`-l ${text}`)).toMatch(/^-l: ".*" is not .*such as 127\.0\.0\.1:20000/)
    },
  )

  test('the last port has no port after it for the clients', () => {
    expect(refusal('-l 127.0.0.1:65535')).toContain('the port must be below 65535')
    expect(refusal('-l 70000')).toContain('the port must be below 65535')
  })

  test('a value of the environment is named by its variable', () => {
    expect(refusal('', { env: { NOSTRP2P_LISTEN_ADDR_PORT: 'x y' } })).toMatch(/^NOSTRP2P_LISTEN_ADDR_PORT: "x y"/)
  })
})

describe('-b', () => {
  test.each([
    ['10.0.0.1:20002', '/ip4/10.0.0.1/tcp/20002'],
    ['10.0.0.1', '/ip4/10.0.0.1/tcp/20000'],
    ['Boot.Example.org:8888', '/dns/boot.example.org/tcp/8888'],
    ['example.org', '/dns/example.org/tcp/20000'],
    ['localhost:20002', '/ip4/127.0.0.1/tcp/20002'],
    ['[2001:db8::1]:20002', '/ip6/2001:db8::1/tcp/20002'],
    ['2001:db8::1', '/ip6/2001:db8::1/tcp/20000'],
    ['/ip4/10.0.0.1/tcp/20002', '/ip4/10.0.0.1/tcp/20002'],
  ])('%s is dialled as %s', (text, address) => {
    expect(config(`-b ${text}`).bootstraps).toEqual([address])
  })

  test('several are kept in order, the same one once', () => {
    expect(config('-b a:1 -b b:2 -b a:1').bootstraps).toEqual(['/dns/a/tcp/1', '/dns/b/tcp/2'])
  })

  test.each(['/nonsense', '/ip4/1.2.3', 'a!b', '1.2.3.4.5:1', 'http://example.org', '-.org', '[nope]:1'])(
    '%s is refused with an example',
    text => {
      const sentence = refusal('', { env: { NOSTRP2P_BOOT_PEER_ADDR_PORT: text } })
      expect(sentence).toContain('is not the address of a node. Give host:port, such as example.org:20000')
    },
  )

  test.each([
    '/dns4/example.org/tcp/443/wss',
    '/dns4/example.org/tcp/443/tls/ws',
    '/ip4/203.0.113.7/udp/4001/quic-v1',
    '/ip4/203.0.113.7/tcp/1/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp/p2p-circuit',
  ])('%s is refused, for nothing here would ever dial it', text => {
    expect(refusal(`-b ${text}`)).toContain(`-b: "${text}" is a way to a node that this program does not go`)
  })

  test.each([
    '/dnsaddr/example.org/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp',
    '/ip6zone/eth0/ip6/fe80::1/tcp/20000',
  ])('%s is taken as it is', text => {
    expect(config(`-b ${text}`).bootstraps).toEqual([text])
  })

  test.each(['a:0', 'a:65536'])('the port of %s is out of range', text => {
    expect(refusal(`-b ${text}`)).toBe(`-b: the port of "${text}" must be a number from 1 to 65535.`)
  })
})

describe('--announce', () => {
  test.each([
    ['203.0.113.7:20002', '/ip4/203.0.113.7/tcp/20002'],
    ['home.example.org:8888', '/dns/home.example.org/tcp/8888'],
    ['[2001:db8::1]:20002', '/ip6/2001:db8::1/tcp/20002'],
    ['/ip4/203.0.113.7/tcp/20002', '/ip4/203.0.113.7/tcp/20002'],
    ['/dns6/home.example.org/udp/20002', '/dns6/home.example.org/udp/20002'],
    [
      '/ip4/203.0.113.7/tcp/20002/p2p/12D3KooWHUyeTEAUvNTCTD2ZmdFqAL1dZtfm7XzHmh4SRpmTs1DF',
      '/ip4/203.0.113.7/tcp/20002',
    ],
  ])('%s is announced as %s', (text, address) => {
    expect(config(`--announce ${text}`).announce).toEqual([address])
  })

  test('a host without a port is announced with the port that the node listens on', () => {
    expect(config('-l 0.0.0.0:20100 --announce 203.0.113.7').announce).toEqual(['/ip4/203.0.113.7/tcp/20100'])
    expect(config('-l 0.0.0.0:0 --announce 203.0.113.7').announce).toEqual(['/ip4/203.0.113.7/tcp/20000'])
  })

  test('several are kept in order, the same one once, also from the environment', () => {
    const env = { NOSTRP2P_ANNOUNCE: 'a.example:1, b.example:2 a.example:1' }
    expect(config('', { env }).announce).toEqual(['/dns/a.example/tcp/1', '/dns/b.example/tcp/2'])
  })

  test.each([
    '/nonsense',
    '/ip4/203.0.113.7',
    '/ip4/203.0.113.7/tcp/0',
    '/ip4/203.0.113.7/tcp/99999',
    '/unix/tmp',
    '/ip4/203.0.113.7/tcp/1/p2p/12D3KooWHUyeTEAUvNTCTD2ZmdFqAL1dZtfm7XzHmh4SRpmTs1DF/p2p-circuit',
    'a!b:1',
    '1.2.3.4.5:1',
    'http://example.org',
  ])('%s is refused with an example', text => {
    expect(refusal(`--announce ${text}`)).toBe(
      `--announce: "${text}" is not the address of a node. Give host:port, such as example.org:20000, or a multiaddr.`,
    )
  })

  test.each(['0.0.0.0:20000', '[::]:20000', '/ip4/224.0.0.1/tcp/1', '/ip6/ff02::1/tcp/1', '255.255.255.255:1'])(
    '%s is refused because nobody can connect to it',
    text => {
      expect(refusal(`--announce ${text}`)).toBe(
        `--announce: "${text}" is no address that others could connect to. Give the one they see from outside.`,
      )
    },
  )
})

describe('--mdns and --port-mapping', () => {
  test('false switches them off, each alone', () => {
    expect(config('--mdns false')).toMatchObject({ mdns: false, portMapping: true })
    expect(config('', { env: { NOSTRP2P_PORT_MAPPING: 'no' } })).toMatchObject({ mdns: true, portMapping: false })
  })
})

describe('-p', () => {
  test.each([NPUB, PUBKEY, PUBKEY.toUpperCase()])('%s is the owner', text => {
    expect(config(`-p ${text}`).owner).toBe(PUBKEY)
  })

  test('a secret key is refused with the reason, and not repeated', () => {
    const nsec = nsecOf(Uint8Array.from({ length: 32 }, () => 1))
    const sentence = refusal(`-p ${nsec}`)
    expect(sentence).toMatch(/^-p: That is a secret key \(nsec\)\. The node must never see it/)
    expect(sentence).not.toContain(nsec.slice(5))
  })

  test('a key with a wrong letter is refused', () => {
    expect(refusal(`-p ${NPUB.slice(0, -1)}q`)).toContain('That is not a public key. Give an npub')
  })
})

describe('TLS', () => {
  test('-s takes fullchain.pem and privkey.pem of the working directory', () => {
    expect(config('-s true').tls).toEqual({ certFile: '/srv/work/fullchain.pem', keyFile: '/srv/work/privkey.pem' })
    expect(config('-s false').tls).toBeUndefined()
  })

  test('--tls-cert and --tls-key name the files, with or without -s', () => {
    const tls = { certFile: '/srv/work/c.pem', keyFile: '/etc/k.pem' }
    expect(config('--tls-cert c.pem --tls-key /etc/k.pem').tls).toEqual(tls)
    expect(config('-s --tls-cert c.pem --tls-key /etc/k.pem').tls).toEqual(tls)
  })

  test('one without the other is refused, and so is a contradiction', () => {
    expect(refusal('--tls-cert c')).toContain('--tls-cert needs --tls-key <file>')
    expect(refusal('--tls-key k')).toContain('--tls-key needs --tls-cert <file>')
    expect(refusal('-s false --tls-cert c --tls-key k')).toContain('-s false and --tls-cert contradict each other')
  })
})

describe('bounds of the store', () => {
  test('are numbers', () => {
    expect(config('--max-events 5000 --max-store-mb 64')).toMatchObject({
      maxEvents: 5_000,
      maxBytes: 64 * 1024 * 1024,
    })
  })

  test.each(['99', '-1', '1e9', '5.5', 'many'])('%s events are refused', text => {
    expect(refusal('', { env: { NOSTRP2P_MAX_EVENTS: text } })).toBe(
      `NOSTRP2P_MAX_EVENTS must be a whole number from 100 to 100000000, not "${text}".`,
    )
  })

  test('7 MiB are refused', () => {
    expect(refusal('--max-store-mb 7')).toContain('--max-store-mb must be a whole number from 8')
  })
})

describe('the relay', () => {
  test('serves others as its flags say', () => {
    const flags =
      '--relay-writes listed --relay-reads Anyone --relay-pow 20 --relay-url WSS://Relay.Example.org/ --guest-share 90 ' +
      '--guest-events 5 --guest-rate 0 --guest-event-kb 256'
    expect(config(flags).relay).toEqual({
      writes: 'listed',
      reads: 'anyone',
      pow: 20,
      urls: ['wss://relay.example.org'],
      guests: { sharePercent: 90, eventsPerAuthor: 5, eventsPerMinute: 0, eventBytes: 262_144 },
    })
  })

  test.each([
    ['--relay-writes everybody', '--relay-writes must be owner, listed or anyone, not "everybody".'],
    ['--relay-reads false', '--relay-reads must be owner, listed or anyone, not "false".'],
    ['--relay-pow 65', '--relay-pow must be a whole number from 0 to 64'],
    ['--relay-url https://relay.example.org', '--relay-url must be a URL such as wss://relay.example.org'],
    ['--relay-url relay.example.org', '--relay-url must be a URL such as wss://relay.example.org'],
    ['--guest-share 91', '--guest-share must be a whole number from 1 to 90'],
    ['--guest-events 0', '--guest-events must be a whole number from 1'],
    ['--guest-rate 1.5', '--guest-rate must be a whole number from 0'],
    ['--guest-event-kb 257', '--guest-event-kb must be a whole number from 1 to 256'],
  ])('%s is refused', (flags, sentence) => {
    expect(refusal(flags)).toContain(sentence)
  })
})

describe('-w', () => {
  test('false makes a node that takes no writes', () => {
    expect(config('-w false').writable).toBe(false)
    expect(config('-w').writable).toBe(true)
  })
})

describe('data directory', () => {
  const cleanUps: (() => void)[] = []
  afterEach(() => {
    for (const cleanUp of cleanUps.splice(0)) cleanUp()
  })

  test('--data-dir is taken from the working directory, ~ is the home directory', () => {
    expect(config('--data-dir here').dataDir).toBe('/srv/work/here')
    expect(config('--data-dir /there').dataDir).toBe('/there')
    expect(config('', { env: { NOSTRP2P_DATA_DIR: '~/node' } }).dataDir).toBe('/home/ann/node')
  })

  test.each<[NodeJS.Platform, Record<string, string>, string]>([
    ['linux', {}, '/home/ann/.local/share/nostrp2p'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/data/nostrp2p'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ann/.local/share/nostrp2p'],
    ['darwin', { XDG_DATA_HOME: '/data' }, '/home/ann/Library/Application Support/nostrp2p'],
    ['win32', { LOCALAPPDATA: 'C:\\Users\\ann\\AppData\\Local' }, 'C:\\Users\\ann\\AppData\\Local\\nostrp2p'],
  ])('on %s with %o it is %s', (platform, env, folder) => {
    expect(dataFolder(platform, env, '/home/ann')).toBe(folder)
  })

  test('each owner has a folder', () => {
    expect(config(`-p ${NPUB}`).dataDir).toBe(`/home/ann/.local/share/nostrp2p/${NPUB}`)
  })

  test('a node that was claimed without -p is found again with -p of that owner, and of no other', () => {
    const xdg = mkdtempSync(join(tmpdir(), 'nostrp2p-test-'))
    cleanUps.push(() => rmSync(xdg, { recursive: true }))
    const base = join(xdg, 'nostrp2p')
    const surroundings = { platform: 'linux', env: { XDG_DATA_HOME: xdg }, homeDir: '/home/ann' } as const
    expect(defaultDataDir(PUBKEY, surroundings)).toBe(join(base, NPUB))
    mkdirSync(join(base, 'default'), { recursive: true })
    writeFileSync(join(base, 'default', 'owner'), `${NPUB}\n`)
    expect(defaultDataDir(PUBKEY, surroundings)).toBe(join(base, 'default'))
    expect(defaultDataDir('01'.repeat(32), surroundings)).not.toBe(join(base, 'default'))
    mkdirSync(join(base, NPUB))
    expect(defaultDataDir(PUBKEY, surroundings)).toBe(join(base, NPUB))
  })
})
