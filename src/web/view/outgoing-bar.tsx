/** What is on its way from this page: a moment to take it back, and what keeps it from going. */
import { KIND } from '../../event/kinds.ts'
import { isSignerTrouble } from '../key/signer.ts'
import type { Item } from '../state/outgoing.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { signerSentence } from './key/sentences.ts'
import { troubleSentence } from './trouble-bar.tsx'

export function OutgoingBar() {
  const { outgoing } = useApp()
  // Likes and their like go without a word, unless something is in their way.
  const shown = outgoing.items.value.filter(({ draft, state }) => draft.kind === KIND.post || state.at !== 'sending')
  return (
    <div role="status">
      {shown.length > 0 && (
        <ul class="outgoing" aria-label={words().compose.outgoing}>
          {shown.map(item => (
            <OutgoingItem key={item.key} item={item} />
          ))}
        </ul>
      )}
    </div>
  )
}

function OutgoingItem({ item }: { item: Item }) {
  const { composing, drafts, outgoing } = useApp()
  const { compose, common } = words()
  const { key, state, draft } = item

  function edit(): void {
    const taken = outgoing.cancel(key)
    if (taken?.origin === undefined) return
    drafts.write(taken.origin.towards, taken.origin.writing)
    composing.value = taken.origin.towards
  }

  return (
    <li class="outgoing-item">
      <p class={state.at === 'stuck' ? 'trouble' : ''}>{sentenceOf(item)}</p>
      {draft.content !== '' && draft.kind === KIND.post && (
        <p class="quiet small outgoing-text" dir="auto">
          {draft.content.slice(0, 120)}
        </p>
      )}
      <div class="row">
        {state.at === 'undo' && (
          <button type="button" class="button" onClick={() => outgoing.sendNow(key)}>
            {compose.sendNow}
          </button>
        )}
        {(state.at === 'stuck' || state.at === 'waiting') && (
          <button type="button" class="button" onClick={() => outgoing.sendNow(key)}>
            {common.tryAgain}
          </button>
        )}
        {state.at !== 'sending' && item.origin !== undefined && (
          <button type="button" class="button" onClick={edit}>
            {state.at === 'undo' ? compose.undo : compose.edit}
          </button>
        )}
        {state.at !== 'sending' && state.at !== 'undo' && (
          <button type="button" class="button danger" onClick={() => outgoing.cancel(key)}>
            {compose.discard}
          </button>
        )}
      </div>
    </li>
  )
}

function sentenceOf({ state }: Item): string {
  const { compose } = words()
  switch (state.at) {
    case 'undo':
      return compose.soon
    case 'sending':
      return compose.sending
    case 'waiting':
      return compose.waiting
    case 'stuck':
      return isSignerTrouble(state.why) ? signerSentence(state.why) : troubleSentence(state.why)
  }
}
