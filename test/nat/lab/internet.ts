/**
 * The Internet: one machine that every public machine and every home router hangs on by a cable of its own. The addresses
 * are such as anybody could have: the ones reserved for documentation count as private in libp2p and in miniupnpd.
 */
import type { Lab } from './lab.ts'
import type { Namespace } from './namespace.ts'
import { bytesOn, type Cable, type Host, type Network, untilUp } from './network.ts'

export interface Families {
  readonly v4: boolean
  readonly v6: boolean
}

export interface Internet extends Network {
  /** A machine with public addresses and nothing in front of it. */
  host(name: string, families?: Families): Promise<Host>
  /** The same with all addresses of its /24: somebody who seems to be many. */
  crowd(name: string): Promise<Crowd>
  plug(machine: Namespace, device: string, families?: Families): Promise<Cable>
  /** Every packet from and to these machines is lost from now on. */
  block(...cables: readonly Cable[]): Promise<void>
  unblock(...cables: readonly Cable[]): Promise<void>
  /** A firewall in front of these machines: they may call, and cannot be called. */
  shield(...cables: readonly Cable[]): Promise<void>
  /** Nothing passes between these machines and all others. */
  split(...cables: readonly Cable[]): Promise<void>
  heal(): Promise<void>
  /** Counts from now on, in packets of more than a thousand bytes from and to this machine; call it for the bytes. */
  countLarge(cable: Cable): Promise<() => Promise<number>>
}

export interface Crowd extends Host {
  /** The address with this last number. */
  address(number: number): string
}

const GATEWAY = '11.51.100.1'
/** By EUI the same on every cable: the gateway of IPv6 is named by a link-local address. */
const GATEWAY_6 = 'fe80::1'

const V4_ONLY: Families = { v4: true, v6: false }

const RULES = `
table inet core {
${['blocked', 'shielded', 'split', 'counted'].map(name => `  set ${name}4 { type ipv4_addr; }\n  set ${name}6 { type ipv6_addr; flags interval; }`).join('\n')}
  chain forward {
    type filter hook forward priority 0; policy accept;
    ip saddr @blocked4 drop
    ip daddr @blocked4 drop
    ip6 saddr @blocked6 drop
    ip6 daddr @blocked6 drop
    ip saddr @split4 ip daddr != @split4 drop
    ip saddr != @split4 ip daddr @split4 drop
    ip6 saddr @split6 ip6 daddr != @split6 drop
    ip6 saddr != @split6 ip6 daddr @split6 drop
    meta length > 1000 ip saddr @counted4 counter
    meta length > 1000 ip daddr @counted4 counter
    ip daddr @shielded4 ct state new drop
    ip6 daddr @shielded6 ct state new drop
  }
}`

export async function createInternet(lab: Lab): Promise<Internet> {
  const core = await lab.namespace('internet')
  await core.run('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1')
  // Packets to other people's private networks vanish without a word, as they do out there.
  await core.ip(
    ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map(net => `route add blackhole ${net}`),
  )
  await core.nft(RULES)
  let cables = 0
  let addresses = 9

  async function plug(machine: Namespace, device: string, families: Families = V4_ONLY): Promise<Cable> {
    const port = `port${++cables}`
    await core.ip(`link add ${port} type veth peer name ${device} netns ${machine.id}`, `link set ${port} up`)
    await core.ip(`addr add ${GATEWAY}/32 dev ${port}`, `addr add ${GATEWAY_6}/64 dev ${port}`)
    await machine.ip(`link set ${device} up`)
    let present: Addresses = { v4: undefined, v6: undefined }
    const settle = async () => {
      const number = ++addresses
      const next = {
        v4: families.v4 ? v4Of(number) : undefined,
        v6: families.v6 ? `2600:db8:${number}::1` : undefined,
      }
      await readdress({ core, port, machine, device }, present, next)
      present = next
    }
    await settle()
    return {
      get v4() {
        return present.v4
      },
      get v6() {
        return present.v6
      },
      cut: async () => void (await core.ip(`link set ${port} down`)),
      async mend() {
        await core.ip(`link set ${port} up`)
        await untilUp(core, port)
        await untilUp(machine, device)
        // A link that was down has lost its routes and its addresses of IPv6.
        await readdress({ core, port, machine, device }, present, present)
      },
      move: settle,
      bytes: () => bytesOn(core, port),
    }
  }

  async function elements(verb: 'add' | 'delete', set: string, cables: readonly Cable[]): Promise<void> {
    const v4 = cables.flatMap(({ v4 }) => v4 ?? [])
    const v6 = cables.flatMap(({ v6 }) => (v6 === undefined ? [] : prefixOf(v6)))
    if (v4.length > 0) await core.nft(`${verb} element inet core ${set}4 { ${v4.join(', ')} }`)
    if (v6.length > 0) await core.nft(`${verb} element inet core ${set}6 { ${v6.join(', ')} }`)
  }

  return {
    plug,
    async host(name, families) {
      const space = await lab.namespace(name)
      return { space, cable: await plug(space, 'eth0', families) }
    },
    async crowd(name) {
      const space = await lab.namespace(name)
      const cable = await plug(space, 'eth0')
      const address = (number: number) => cable.v4!.replace(/\d+$/, String(number))
      await core.ip(`route add ${address(0)}/24 via ${cable.v4}`)
      await space.ip(`route add local ${address(0)}/24 dev lo`)
      return { space, cable, address }
    },
    block: (...cables) => elements('add', 'blocked', cables),
    unblock: (...cables) => elements('delete', 'blocked', cables),
    shield: (...cables) => elements('add', 'shielded', cables),
    split: (...cables) => elements('add', 'split', cables),
    async countLarge(cable) {
      await elements('add', 'counted', [cable])
      const read = async () => {
        const listing = await core.run('nft', 'list', 'chain', 'inet', 'core', 'forward')
        return [...listing.matchAll(/counter packets \d+ bytes (\d+)/g)].reduce(
          (sum, [, bytes]) => sum + Number(bytes),
          0,
        )
      }
      const before = await read()
      return async () => (await read()) - before
    },
    heal: () => core.nft('flush set inet core split4\nflush set inet core split6'),
  }
}

/** Each has a /24 of its own: a node takes only so many connections from one, and these are different people's. */
function v4Of(number: number): string {
  return `11.51.${100 + (number % 100)}.${10 + Math.floor(number / 100)}`
}

interface Addresses {
  readonly v4: string | undefined
  readonly v6: string | undefined
}

interface Ends {
  readonly core: Namespace
  readonly port: string
  readonly machine: Namespace
  readonly device: string
}

/** The addresses of a machine, the way to it, and its way out. IPv6: the whole /64 of it, for a router has a LAN. */
async function readdress({ core, port, machine, device }: Ends, old: Addresses, next: Addresses): Promise<void> {
  if (old.v4 !== undefined && old.v4 !== next.v4) {
    await machine.ip(`addr del ${old.v4}/32 dev ${device}`)
    await core.ip(`route del ${old.v4}/32 dev ${port}`)
  }
  if (next.v4 !== undefined) {
    await machine.ip(
      `addr replace ${next.v4}/32 dev ${device}`,
      `route replace ${GATEWAY}/32 dev ${device} src ${next.v4}`,
      `route replace default via ${GATEWAY} dev ${device} src ${next.v4}`,
    )
    await core.ip(`route replace ${next.v4}/32 dev ${port}`)
  }
  if (old.v6 !== undefined && old.v6 !== next.v6) {
    await machine.ip(`addr del ${old.v6}/128 dev ${device}`)
    await core.ip(`route del ${prefixOf(old.v6)} dev ${port}`)
  }
  if (next.v6 !== undefined) {
    await machine.ip(
      `addr replace fe80::2/64 dev ${device} nodad`,
      `addr replace ${next.v6}/128 dev ${device} nodad`,
      `route replace default via ${GATEWAY_6} dev ${device} src ${next.v6}`,
    )
    await core.ip(
      `addr replace ${GATEWAY_6}/64 dev ${port} nodad`,
      `route replace ${prefixOf(next.v6)} via fe80::2 dev ${port}`,
    )
  }
}

/** `2600:db8:12::1` → `2600:db8:12::/48`. */
export function prefixOf(v6: string): string {
  return v6.replace(/::.*$/, '::/48')
}
