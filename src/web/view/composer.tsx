/** Where a post is written: it says who will see it, keeps what was typed, and can be taken back for a moment. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { UNDO_MS } from '../state/outgoing.ts'
import { audienceOf, draftOf, NOTHING_WRITTEN, type Towards, type Writing } from '../text/drafting.ts'
import { segmentsOf } from '../text/segments.ts'
import { words } from '../words/words.ts'
import { AboutPeople } from './about-people.tsx'
import { useApp } from './context.ts'
import { Dialog } from './dialog.tsx'
import { MentionList, useMention } from './mention-list.tsx'
import { QuotedPost } from './quoted-post.tsx'

export function Composer({ towards, owner }: { towards: Towards; owner: string }) {
  const { book, composing, drafts, outgoing } = useApp()
  // Names may come while somebody writes.
  void book.version.value
  const [writing, setWriting] = useState<Writing>(() => drafts.peek(towards) ?? NOTHING_WRITTEN)
  const field = useRef<HTMLTextAreaElement>(null)
  const { compose } = words()
  useEffect(() => {
    let isGone = false
    field.current?.focus()
    void drafts.read(towards).then(kept => {
      // What was typed meanwhile stays.
      if (!isGone) setWriting(current => (current.text === '' ? kept : current))
    })
    return () => {
      isGone = true
    }
  }, [towards])

  function write(next: Writing): void {
    setWriting(next)
    drafts.write(towards, next)
  }

  const mention = useMention(writing, write, field)
  const draft = useMemo(() => draftOf(writing, towards, owner), [writing, towards, owner])
  const audience = audienceOf(draft, owner)
  const isEmpty = writing.text.trim() === '' && towards.what !== 'quote'
  const pictures = useMemo(
    () => segmentsOf({ content: writing.text, tags: [] }).flatMap(part => (part.what === 'picture' ? part.url : [])),
    [writing.text],
  )
  const close = () => {
    composing.value = undefined
  }

  function send(): void {
    if (isEmpty) return
    outgoing.send(draft, UNDO_MS, { towards, writing })
    drafts.write(towards, NOTHING_WRITTEN)
    close()
  }

  const title = { new: compose.title, reply: compose.replyTitle, quote: compose.quoteTitle }[towards.what]
  return (
    <Dialog title={title} onClose={close}>
      {towards.what === 'reply' && <QuotedPost id={towards.to.id} />}
      <div class="field composer">
        <label class="visually-hidden" for="composer-text">
          {compose.text}
        </label>
        <textarea
          id="composer-text"
          ref={field}
          dir="auto"
          rows={6}
          value={writing.text}
          placeholder={compose.placeholder}
          onInput={({ currentTarget }) => {
            write({ ...writing, text: currentTarget.value })
            mention.onSelect()
          }}
          onKeyDown={event => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send()
            else mention.onKeyDown(event)
          }}
          onKeyUp={mention.onSelect}
          onPointerUp={mention.onSelect}
          aria-autocomplete="list"
          aria-controls="mentions"
          aria-activedescendant={mention.activeId}
        />
        <MentionList mention={mention} />
      </div>
      {towards.what === 'quote' && <QuotedPost id={towards.of.id} />}
      {pictures.map(url => (
        <div key={url} class="field">
          <label for={`alt-${url}`}>{compose.describe(url)}</label>
          <input
            id={`alt-${url}`}
            value={writing.descriptions?.[url] ?? ''}
            onInput={({ currentTarget }) =>
              write({ ...writing, descriptions: { ...writing.descriptions, [url]: currentTarget.value } })
            }
          />
        </div>
      ))}
      <Warning writing={writing} onChange={write} />
      {towards.what === 'new' && writing.mentions.length > 0 && (
        <label class="row">
          <input
            type="checkbox"
            checked={writing.isOpen === true}
            onChange={({ currentTarget }) => write({ ...writing, isOpen: currentTarget.checked })}
          />
          {compose.letEverybodySee}
        </label>
      )}
      <p class="small" role="status">
        {audience === 'everybody' ? compose.forEverybody : <AboutPeople say={compose.onlyFor} pubkeys={audience} />}
      </p>
      <div class="row">
        <button type="button" class="button main" disabled={isEmpty} onClick={send}>
          {compose.send}
        </button>
        <span class="quiet small for-keys">{compose.keys}</span>
      </div>
    </Dialog>
  )
}

function Warning({ writing, onChange }: { writing: Writing; onChange: (writing: Writing) => void }) {
  const { compose } = words()
  const hasWarning = writing.warning !== undefined
  return (
    <>
      <label class="row">
        <input
          type="checkbox"
          checked={hasWarning}
          onChange={({ currentTarget }) => {
            const { warning: _, ...rest } = writing
            onChange(currentTarget.checked ? { ...rest, warning: '' } : rest)
          }}
        />
        {compose.warn}
      </label>
      {hasWarning && (
        <div class="field">
          <label for="composer-warning">{compose.warnOf}</label>
          <input
            id="composer-warning"
            value={writing.warning}
            onInput={({ currentTarget }) => onChange({ ...writing, warning: currentTarget.value })}
          />
        </div>
      )}
    </>
  )
}
