/** Follows and unfollows; says what keeps it from happening. */
import { useState } from 'preact/hooks'
import { isFailed } from '../state/publish.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { failureSentence } from './key/sentences.ts'

export function FollowButton({ pubkey }: { pubkey: string }) {
  const { book, follows, session } = useApp()
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState('')
  void book.version.value
  const isFollowed = follows.of()?.has(pubkey) === true
  const { common, person } = words()

  async function toggle(): Promise<void> {
    setBusy(true)
    setFault('')
    const result = await (isFollowed ? follows.unfollow(pubkey) : follows.follow([pubkey]))
    setBusy(false)
    const isFault = isFailed(result)
    setFault(isFault ? failureSentence(result, session.clockAhead.value) : '')
  }

  return (
    <span class="follow">
      <button
        type="button"
        class={isFollowed ? 'button' : 'button main'}
        aria-pressed={isFollowed}
        disabled={isBusy}
        onClick={toggle}
      >
        {isBusy ? common.saving : isFollowed ? person.unfollow : person.follow}
      </button>
      {fault !== '' && (
        <span class="trouble small" role="alert">
          {fault}
        </span>
      )}
    </span>
  )
}
