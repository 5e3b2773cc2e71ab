/** A sentence about people, each with the short key beside the name: two of the same name are told apart. */
import { Fragment } from 'preact'
import { shortNpub } from '../../event/npub.ts'
import { profileOf } from '../state/profile.ts'
import { useApp } from './context.ts'

export interface AboutPeopleProps {
  /** The sentence, with the names where they belong in it. */
  readonly say: (names: string) => string
  /** In hex. */
  readonly pubkeys: readonly string[]
  /** So many are named before the rest is left out. */
  readonly max?: number
}

/** Where the names stand: no name can hold it. */
const SLOT = '\u0001'

export function AboutPeople({ say, pubkeys, max = pubkeys.length }: AboutPeopleProps) {
  const { book, missing } = useApp()
  const [before, after] = say(SLOT).split(SLOT)
  return (
    <>
      {before}
      {pubkeys.slice(0, max).map((pubkey, place) => {
        missing.wantProfile(pubkey)
        const { name } = profileOf(book, pubkey)
        return (
          <Fragment key={pubkey}>
            {place > 0 && ', '}
            {name !== undefined && <bdi>{name} </bdi>}
            <bdi class="short-key">{shortNpub(pubkey)}</bdi>
          </Fragment>
        )
      })}
      {pubkeys.length > max && '…'}
      {after}
    </>
  )
}
