/** A home router, or one of a provider with a network of private addresses behind it. */
import type { Families, Internet } from './internet.ts'
import type { Lab } from './lab.ts'
import { startMiniupnpd } from './miniupnpd.ts'
import type { Namespace } from './namespace.ts'
import { bytesOn, type Cable, type Host, type Network, untilUp } from './network.ts'

/**
 * `port-restricted`: the same port outside for all destinations, and only who was called may call back.
 * `symmetric`: another port for each destination.
 */
export type Nat = 'port-restricted' | 'symmetric'

export interface RouterOptions {
  readonly nat: Nat
  /** `carrier`: addresses behind it from 100.64.0.0/10. */
  readonly kind?: 'home' | 'carrier'
  readonly families?: Families
  /** A miniupnpd that maps ports for who asks, by UPnP and, unless told otherwise, by NAT-PMP. */
  readonly upnp?: boolean
  readonly natPmp?: boolean
}

export interface Router extends Network {
  readonly space: Namespace
  /** To the outside. */
  readonly wan: Cable
  /** A machine in its LAN. */
  host(name: string): Promise<Host>
  /** Forgets all flows and ports, as a restart does that takes no time. */
  flush(): Promise<void>
}

const LAN = { home: '192.168.1', carrier: '100.64.0' } as const

/** Names of the chains are those that miniupnpd is told. */
function rules(nat: Nat): string {
  return `
table inet nat {
  chain prerouting { type nat hook prerouting priority dstnat; iifname "wan" jump upnp; }
  chain upnp {}
  chain postrouting {
    type nat hook postrouting priority srcnat;
    jump upnp-out
    meta nfproto ipv4 oifname "wan" masquerade${nat === 'symmetric' ? ' fully-random' : ''}
  }
  chain upnp-out {}
}
table inet filter {
  chain input {
    type filter hook input priority 0; policy accept;
    meta l4proto ipv6-icmp accept
    # Otherwise the kernel keeps the early packet of a hole punching as a flow of its own, and the port changes.
    iifname "wan" ct state new drop
  }
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan" accept
    jump upnp
  }
  chain upnp {}
}`
}

/** @param upstream the Internet, or the router of a provider */
export async function createRouter(
  lab: Lab,
  upstream: Internet | Network,
  name: string,
  options: RouterOptions,
): Promise<Router> {
  const { nat, kind = 'home', families = { v4: true, v6: false }, upnp = false, natPmp = true } = options
  const space = await lab.namespace(name)
  await space.run('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1')
  const wan = await (upstream as Internet).plug(space, 'wan', families)
  await space.nft(rules(nat))
  const lan = LAN[kind]
  await space.ip('link add lan type bridge', 'link set lan up', `addr add ${lan}.1/24 dev lan`)
  const gateway6 = () => wan.v6?.replace(/::1$/, ':1::1')
  if (families.v6) await space.ip(`addr add ${gateway6()}/64 dev lan nodad`)
  if (upnp) await startMiniupnpd(lab.folder, space, natPmp)
  let hosts = 0

  async function plug(machine: Namespace, device: string): Promise<Cable> {
    const number = 10 + ++hosts
    const port = `port${hosts}`
    const v4 = families.v4 ? `${lan}.${number}` : undefined
    const v6 = gateway6()?.replace(/::1$/, `::${number}`)
    const settle = async () => {
      if (v4 !== undefined)
        await machine.ip(`addr replace ${v4}/24 dev ${device}`, `route replace default via ${lan}.1`)
      if (v6 === undefined) return
      await machine.ip(`addr replace ${v6}/64 dev ${device} nodad`, `route replace default via ${gateway6()}`)
    }
    await space.ip(
      `link add ${port} type veth peer name ${device} netns ${machine.id}`,
      `link set ${port} master lan`,
      `link set ${port} up`,
    )
    await machine.ip(`link set ${device} up`)
    await settle()
    return {
      v4,
      v6,
      cut: async () => void (await space.ip(`link set ${port} down`)),
      async mend() {
        await space.ip(`link set ${port} up`)
        await untilUp(space, port)
        await untilUp(machine, device)
        await settle()
      },
      move: () => Promise.reject(new Error('only the addresses outside change')),
      bytes: () => bytesOn(space, port),
    }
  }

  return {
    space,
    wan,
    plug,
    async host(hostName) {
      const machine = await lab.namespace(hostName)
      return { space: machine, cable: await plug(machine, 'eth0') }
    },
    flush: async () => void (await space.run('conntrack', '-F')),
  }
}
