/** Where the node listens, and so who could reach it at all. */
import { networkInterfaces } from 'node:os'
import { addressWords } from '../words/activity-lines.ts'
import { type Check, pass, warn } from './check.ts'

export const addressesCheck: Check = {
  name: 'addresses',
  label: 'addresses',
  look({ config, own }) {
    const { host, port } = config.listen
    const listening = listeningAt(host, port)
    // What a running node tells others may be less: the ways through its relays alone.
    const told = own?.overlay.addresses.map(withoutPeer) ?? null
    const details = { listening, announce: config.announce, told }
    const outer = listening.filter(address => !isLoopback(address))
    const shown = (outer.length > 0 ? outer : listening).map(addressWords).join(', ')
    if (outer.length === 0 && config.announce.length === 0) {
      const advice = `Start with -l 0.0.0.0:${port}: then other machines reach this node too, and your phone the port after.`
      return [warn(`${shown}: this machine only`, advice, details)]
    }
    const announced =
      config.announce.length === 0 ? '' : `; announced as ${config.announce.map(addressWords).join(', ')}`
    return [pass(`${shown}${announced}`, details)]
  },
}

/** With `-l 0.0.0.0` every address of this machine. */
function listeningAt(host: string, port: number): string[] {
  const all = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  const isSix = host.includes(':')
  const isAny = host === '0.0.0.0' || host === '::'
  const hosts = isAny
    ? all
        .filter(({ family, address }) => family === (isSix ? 'IPv6' : 'IPv4') && !isLinkLocal(address))
        .map(({ address }) => address)
    : [host]
  return hosts.map(address => `/ip${isSix ? 6 : 4}/${address}/tcp/${port}`)
}

/** Every interface has one, and none leads beyond its own cable. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address)
}

function withoutPeer(address: string): string {
  return address.replace(/\/p2p\/[^/]+$/, '')
}

function isLoopback(address: string): boolean {
  return /^\/(ip4\/127\.|ip6\/::1\/)/.test(address)
}
