/**
 * What a refusal of the node's own endpoints is called where the codes of events (rejection.ts) do not say enough for a
 * program; the sentence beside it is for people, and may change (specification/rest-api.md, R1.12).
 */
export const REFUSALS = [
  'token-needed',
  'other-page',
  'wrong-signer',
  'wrong-time',
  'wrong-address',
  'bad-proof',
  'busy',
  'fault',
  'not-written',
  'no-such-device',
  'device-name',
  'devices-full',
  'revoked-until-restart',
  'device-revoked',
  'no-settings',
  'no-such-setting',
  'setting-locked',
  'setting-value',
  'settings-together',
  'no-such-push',
  'pushes-full',
  'push-address',
  'import-running',
  'import-empty',
  'import-broke',
  'check-running',
  'device-unknown',
  'direct-needed',
  'peer-id',
  'pairing-code',
  'pairing-version',
  'pairing-unknown',
  'pairing-used',
  'pairing-expired',
  'pairings-full',
  'no-such-pairing',
] as const

export type Refusal = (typeof REFUSALS)[number]
