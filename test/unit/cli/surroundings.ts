/** A process around a command, for tests: output is collected, nothing is read from the real one. */
import type { Surroundings } from '../../../src/cli/surroundings.ts'

export interface TestSurroundings extends Surroundings {
  readonly printed: { out: string; err: string }
}

export function testSurroundings(changes: Partial<Surroundings> = {}): TestSurroundings {
  const printed = { out: '', err: '' }
  const output = (name: 'out' | 'err') => ({
    isTerminal: false,
    write(text: string) {
      printed[name] += text
    },
  })
  return {
    args: [],
    env: {},
    out: output('out'),
    err: output('err'),
    input: { readSecret: async () => undefined },
    async *piped() {},
    async writeWhole(bytes) {
      printed.out += Buffer.from(bytes).toString()
    },
    platform: 'linux',
    homeDir: '/home/ann',
    workDir: '/srv/work',
    signal: new AbortController().signal,
    ...changes,
    printed,
  }
}
