/**
 * The WebRTC-direct door (specification/away.md, D3): a page of any origin may dial it, for the hash in its address stands
 * for a certificate. The library's listener takes whatever comes; here each dial first needs a place.
 */
import type { CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2'
import type { ComponentLogger, Listener, PeerId, PrivateKey, Upgrader } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Datastore } from 'interface-datastore'
import type { DoorCertificate } from './certificate.ts'
import type { DoorEnd, HalfOpen } from './half-open.ts'

/** Of libp2p's parts those that the transport takes. */
export interface WebRtcDoorComponents {
  readonly peerId: PeerId
  readonly privateKey: PrivateKey
  readonly logger: ComponentLogger
  readonly transportManager: CircuitRelayTransportComponents['transportManager']
  readonly upgrader: Upgrader
  readonly datastore: Datastore
}

export interface WebRtcDoorParts {
  readonly components: WebRtcDoorComponents
  readonly certificate: DoorCertificate
  readonly halfOpen: HalfOpen
  /** Whether one more dial from this IP address may be looked at. */
  readonly mayDial: (ip: string) => boolean
  readonly count: (end: DoorEnd) => void
}

export interface WebRtcDoor {
  readonly port: number
  close(): Promise<void>
}

/** As yamux (libp2p.ts): what a peer may open before this node has looked. */
const MAX_EARLY_STREAMS = 32
/** What the library demands of the name under which a browser dials: it becomes a password of ICE (RFC 8445 §5.3). */
const UFRAG = /^[a-zA-Z0-9+/]{22,256}$/
/** The native code ends its connections one by one. */
const CLOSE_MS = 1_000

/** What the library's listener has beyond its interface. */
interface ListenerInside extends Listener {
  startUDPMuxServer(host: string, port: number, family: number): object
  incomingConnection(ufrag: string, host: string, port: number, signal: AbortSignal): Promise<void>
}

/**
 * Listens on UDP.
 * @throws when the port cannot be listened on, or the native code does not run here
 */
export async function openWebRtcDoor(
  { host, port }: { readonly host: string; readonly port: number },
  { components, certificate, halfOpen, mayDial, count }: WebRtcDoorParts,
): Promise<WebRtcDoor> {
  const [{ webRTCDirect }, { IceUdpMuxListener }] = await Promise.all([
    import('@libp2p/webrtc'),
    import('node-datachannel'),
  ])
  const transport = webRTCDirect({
    certificate,
    // Whoever dials knows where this node is: nobody else is to be asked.
    rtcConfiguration: { iceServers: [] },
    maxEarlyStreams: MAX_EARLY_STREAMS,
  })(components)
  if (!('start' in transport && typeof transport.start === 'function')) throw new Error('no transport that starts')
  await transport.start()
  const listener = insideOf(transport.createListener({ upgrader: components.upgrader }))
  const ended = new AbortController()
  /** Dials under way: a browser asks again and again until it is answered. */
  const dialling = new Set<string>()
  const mux = new IceUdpMuxListener(port, host)

  async function onDial({ ufrag, host: ip, port: from }: { ufrag: string; host: string; port: number }): Promise<void> {
    const key = `${ip} ${from} ${ufrag}`
    if (ended.signal.aborted || !UFRAG.test(ufrag) || dialling.has(key)) return
    const cut = new AbortController()
    const place = mayDial(ip) ? halfOpen.enter(ip, () => cut.abort()) : undefined
    if (place === undefined) return count('too many')
    dialling.add(key)
    const signal = components.upgrader.createInboundAbortSignal(AbortSignal.any([cut.signal, ended.signal]))
    try {
      await listener.incomingConnection(ufrag, ip, from, signal)
      count('let in')
    } catch (error) {
      count('failed')
      components.logger.forComponent('nostrp2p:door').trace('a WebRTC dial came to nothing - %e', error)
    } finally {
      signal.clear()
      place.leave()
      dialling.delete(key)
    }
  }

  // The library forgets the sockets of others when it closes its own (a list of all listeners of the process), so that
  // no node could listen again on the same port: the socket is this door's.
  listener.startUDPMuxServer = (_host, _port, family) => {
    mux.onUnhandledStunRequest(dial => void onDial(dial))
    const address = () => ({ address: host, port, family: family === 6 ? 'IPv6' : 'IPv4' })
    return { port: 0, isIPv4: family === 4, isIPv6: family === 6, server: Promise.resolve({ address, close() {} }) }
  }
  await listener.listen(multiaddr(`/ip${host.includes(':') ? 6 : 4}/${host}/udp/0/webrtc-direct`))
  return {
    port,
    async close() {
      ended.abort()
      mux.stop()
      await Promise.race([listener.close(), new Promise(resolve => setTimeout(resolve, CLOSE_MS).unref())])
    },
  }
}

/** @throws when the library has changed inside */
function insideOf(listener: Listener): ListenerInside {
  const isKnown = (name: string) => typeof Reflect.get(listener, name) === 'function'
  if (!isKnown('startUDPMuxServer') || !isKnown('incomingConnection')) throw new Error('another listener than expected')
  return listener as ListenerInside
}
