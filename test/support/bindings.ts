/** Binding a test node to its owner, as the owner's client does it: asks for the event, signs, posts. */
import type { EventTemplate, VerifiedEvent } from '../../src/event/event.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import { signEvent } from '../../src/event/sign.ts'
import type { BindingReport } from '../../src/wire/binding-report.ts'
import type { RestClient } from './rest-client.ts'
import { until } from './until.ts'

interface Bindable {
  readonly client: Pick<RestClient, 'send' | 'publish' | 'status'>
  readonly owner: KeyPair
}

/** `GET /binding`. */
export async function bindingOf({ client }: Pick<Bindable, 'client'>): Promise<BindingReport> {
  const response = await client.send('/binding')
  if (response.status !== 200) throw new Error(`/binding answered ${response.status}`)
  return (await response.json()) as BindingReport
}

/** Signs what the node gives, perhaps changed, and posts it; throws unless it is taken. */
export async function bind(node: Bindable, changes: Partial<EventTemplate> = {}): Promise<VerifiedEvent> {
  const { event } = await bindingOf(node)
  const binding = signEvent({ ...event, ...changes }, node.owner.secretKey)
  const { status, body } = await node.client.publish(binding)
  if (status !== 200) throw new Error(`/publish answered ${status}: ${JSON.stringify(body)}`)
  return binding
}

/** Waits until `at` sees that node connected and proven, or no longer so. */
export function seesProven(at: Pick<Bindable, 'client'>, node: string, proven = true): Promise<unknown> {
  return until(`that ${node} is ${proven ? '' : 'not '}proven`, async () =>
    (await at.client.status()).peers.some(peer => peer.id === node && peer.proven === proven),
  )
}
