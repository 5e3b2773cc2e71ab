/**
 * Loaded before the program (`node --import`), which is left as it was built: its clock can be set, as a user sets that
 * of a machine, and each of its connections to another node of the test runs over a link that can be cut. Timers
 * are not touched: they do not follow the clock on a real machine either.
 */
import { Socket, type TcpNetConnectOpts } from 'node:net'
import { isMainThread } from 'node:worker_threads'

/** What the test tells a running node. */
export interface Order {
  readonly clockOffsetMs: number
}

/** The environment of a node: other nodes' ports and the ports of the links to them, and how far its clock is off. */
export const LINKS = 'FAULTS_LINKS'
export const CLOCK_OFFSET_MS = 'FAULTS_CLOCK_OFFSET_MS'

/** The test itself imports this file for its names, and must stay as it is. */
if (process.env[LINKS] !== undefined) takeOver(JSON.parse(process.env[LINKS]) as Record<number, number>)

function takeOver(links: Readonly<Record<number, number>>): void {
  const setClock = shiftClock(Number(process.env[CLOCK_OFFSET_MS]))
  redirect(links)
  if (!isMainThread) return
  process.on('message', (order: Order) => setClock(order.clockOffsetMs))
  // The test must not keep the node alive.
  process.channel?.unref()
}

function shiftClock(initialMs: number): (offsetMs: number) => void {
  let offsetMs = initialMs
  const RealDate = Date
  const realNow = RealDate.now
  const now = (): number => realNow() + offsetMs
  RealDate.now = now
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
  })
  return ms => {
    offsetMs = ms
  }
}

type Connect = (this: Socket, ...args: unknown[]) => Socket

function redirect(links: Readonly<Record<number, number>>): void {
  const prototype = Socket.prototype as unknown as { connect: Connect }
  const { connect } = prototype
  prototype.connect = function (...args) {
    // `net.connect` hands on a list that it has put in order; others give the options themselves.
    const [options] = (Array.isArray(args[0]) ? args[0] : args) as [TcpNetConnectOpts]
    const link = typeof options === 'object' ? links[options.port] : undefined
    if (link !== undefined) options.port = link
    return connect.apply(this, args)
  }
}
