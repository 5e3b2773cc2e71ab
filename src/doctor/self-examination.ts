/** A running node looks at itself: the same checks, without asking its own client side how it is. */
import { homedir } from 'node:os'
import type { Config } from '../config.ts'
import type { Clock } from '../observe/clock.ts'
import type { FindingLine } from '../wire/finding.ts'
import type { NodeStatus } from '../wire/node-status.ts'
import { examination, findingLine } from './examination.ts'

/** @param config of the node, with the ports that it has */
export async function* selfExamination(
  config: Config,
  self: NodeStatus,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): AsyncGenerator<FindingLine> {
  const parts = { clock, signal, self, uid: process.geteuid?.(), homeDir: homedir() }
  // Which bootstraps it has at the moment its status says: they can be changed while it runs.
  for await (const told of examination({ ...config, bootstraps: [] }, parts)) yield findingLine(told)
}
