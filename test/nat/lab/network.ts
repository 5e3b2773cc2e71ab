/** What machines are plugged into: the Internet, or the LAN of a router. */
import { until } from '../../support/until.ts'
import type { Namespace } from './namespace.ts'

/** Between a machine and its network. */
export interface Cable {
  /** Present address in this network; undefined without this family. */
  readonly v4: string | undefined
  readonly v6: string | undefined
  /** Nothing passes any more, and both ends see it. */
  cut(): Promise<void>
  mend(): Promise<void>
  /** The machine gets other addresses, as from a provider in the night. */
  move(): Promise<void>
  /** Bytes of packets that passed so far, both directions, headers included. */
  bytes(): Promise<number>
}

export interface Network {
  /** Plugs a machine in: interface `device` there, with addresses and a default route. */
  plug(machine: Namespace, device: string): Promise<Cable>
}

/** A machine with one cable. */
export interface Host {
  readonly space: Namespace
  readonly cable: Cable
}

/** Of the header that a link puts before each packet. */
const ETHERNET_BYTES = 14

export async function bytesOn(space: Namespace, device: string): Promise<number> {
  const [link] = JSON.parse(await space.run('ip', '-s', '-j', 'link', 'show', 'dev', device)) as [LinkReport]
  const { rx, tx } = link.stats64
  return rx.bytes + tx.bytes - (rx.packets + tx.packets) * ETHERNET_BYTES
}

interface Traffic {
  readonly bytes: number
  readonly packets: number
}

interface LinkReport {
  readonly stats64: { readonly rx: Traffic; readonly tx: Traffic }
}

/** Until the machine may send: a link that came back is up some time later. */
export async function untilUp(space: Namespace, device: string): Promise<void> {
  await until(`the link of ${space.name}`, async () => {
    const [link] = JSON.parse(await space.run('ip', '-j', 'link', 'show', 'dev', device)) as [{ operstate: string }]
    return link.operstate === 'UP'
  })
}
