/** Whom the owner mutes in private wakes no device either: this device tells the node, which cannot read that list (R19). */
import { effect } from '@preact/signals'
import type { PushLanguage } from '../../wire/push.ts'
import { readDevice } from '../keep/device.ts'
import type { Call } from '../node/call.ts'
import { mutesIn } from './mutes.ts'
import type { OwnList } from './own-list.ts'
import type { KeyState } from './signing.ts'

/** R19.2. */
const MAX_EXCEPT = 1_000
/** A list that has just been unlocked is read in parts. */
const SETTLE_MS = 2_000

/** Public keys of the people in a list of mutes, in hex. */
export function mutedPeople(mutes: OwnList): readonly string[] {
  return mutesIn(mutes.tags.value)
    .flatMap(({ what, value }) => (what === 'p' ? value : []))
    .slice(0, MAX_EXCEPT)
}

export interface PushMutesParts {
  readonly mutes: OwnList
  /** While the key is locked the private part is not known, and nothing is told. */
  readonly key: () => KeyState
  readonly call: Call
  readonly language: () => PushLanguage
}

/** From now on the node is told when others are muted than it knows of; only where this device is notified. */
export function followPushMutes({ mutes, key, call, language }: PushMutesParts): void {
  effect(() => {
    const people = mutedPeople(mutes)
    if (key().at !== 'ready' || readDevice('push') === undefined) return
    const timer = setTimeout(() => void tellOnce(people), SETTLE_MS)
    return () => clearTimeout(timer)
  })

  async function tellOnce(people: readonly string[]): Promise<void> {
    const told = people.toSorted().join()
    if (told === (readDevice('pushExcept') ?? '')) return
    const { retell } = await import('./push.ts')
    await retell(call, people, language())
  }
}
