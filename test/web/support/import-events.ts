/** Events of other people in somebody's node, as if they had come by the network. */
import type { NostrEvent } from '../../../src/event/event.ts'
import { LINES_TYPE } from '../../../src/wire/transfer.ts'
import type { TestNode } from '../../support/test-node.ts'

/** @throws when one was not taken: the node's owner has to follow its author, or be named */
export async function importEvents({ client }: TestNode, events: readonly NostrEvent[]): Promise<void> {
  const body = events.map(event => JSON.stringify(event)).join('\n')
  const response = await client.send('/import', { method: 'POST', headers: { 'Content-Type': LINES_TYPE }, body })
  const told = (await response.text()).trim().split('\n')
  const refused = told.filter(line => line.includes('"reason":"'))
  if (refused.length > 0) throw new Error(`not taken: ${refused.join(', ')}`)
}
