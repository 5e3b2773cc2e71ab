import { describe, expect, it } from 'vitest'
import { originAfterRestart } from '../../../src/web/state/node-settings.ts'
import type { NodeSetting } from '../../../src/wire/settings.ts'

const HERE = 'http://192.168.1.7:20001'

function setting(name: string, changes: Partial<NodeSetting> = {}): NodeSetting {
  const held = { value: null, fallback: '', from: 'page', locked: false, needsRestart: true, pending: false } as const
  return { name, kind: 'text', form: '', what: '', ...held, ...changes }
}

const listen = (changes: Partial<NodeSetting> = {}) =>
  setting('listen-addr-port', { value: '0.0.0.0:20000', fallback: '127.0.0.1:20000', ...changes })

describe('where the page stands after a restart', () => {
  it.each([
    ['here, where nothing of its place waits', [listen(), setting('relay-reads', { pending: true })], undefined],
    ['at the port after the new one', [listen({ value: '0.0.0.0:30000', pending: true })], 'http://192.168.1.7:30001'],
    ['here, where only the host changes', [listen({ value: '127.0.0.1:20000', pending: true })], undefined],
    ['at https with TLS', [listen(), setting('ssl', { value: true, pending: true })], 'https://192.168.1.7:20001'],
    [
      'at both, where both change',
      [listen({ value: null, pending: true }), setting('tls-cert', { value: 'chain.pem', pending: true })],
      'https://192.168.1.7:20001',
    ],
  ])('is %s', (_what, settings, origin) => {
    expect(originAfterRestart(settings, HERE)).toBe(origin)
  })
})
