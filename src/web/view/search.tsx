/** Finding posts by their words and people by their names, in what the node has. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { NostrEvent } from '../../event/event.ts'
import { KIND } from '../../event/kinds.ts'
import { isTrouble, type Trouble } from '../node/trouble.ts'
import { go } from '../route.ts'
import { createOlder } from '../state/older.ts'
import { profileOf } from '../state/profile.ts'
import { withTag } from '../state/timelines.ts'
import { words } from '../words/words.ts'
import { Avatar } from './avatar.tsx'
import { useApp } from './context.ts'
import { Feed } from './feed.tsx'
import { PersonName } from './person-name.tsx'
import { Post } from './post.tsx'
import { troubleSentence } from './trouble-bar.tsx'
import { ViewTitle } from './view-title.tsx'

const MAX_FOUND = 100

export function Search({ text }: { text: string }) {
  const [typed, setTyped] = useState(text)
  const field = useRef<HTMLInputElement>(null)
  const { search } = words()
  useEffect(() => {
    if (text === '') field.current?.focus()
  }, [text])
  return (
    <>
      <ViewTitle
        class="visually-hidden"
        text={text === '' ? search.title : text}
        within={text === '' ? undefined : search.title}
      >
        {search.title} <bdi>{text}</bdi>
      </ViewTitle>
      <search>
        <form
          class="search-form"
          onSubmit={event => {
            event.preventDefault()
            go({ view: 'search', text: typed.trim() })
          }}
        >
          <input
            ref={field}
            type="search"
            aria-label={search.title}
            placeholder={search.placeholder}
            value={typed}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
          <button type="submit" class="button">
            {search.find}
          </button>
        </form>
      </search>
      {text !== '' && <Found key={text} text={text} />}
    </>
  )
}

function Found({ text }: { text: string }) {
  const { book, events } = useApp()
  // Names come after the posts, and what is done with these changes them.
  void book.version.value
  const [found, setFound] = useState<readonly NostrEvent[] | Trouble>()
  const { search, common } = words()
  useEffect(() => {
    const stop = new AbortController()
    const question = { kinds: [KIND.profile, KIND.post], search: text, limit: MAX_FOUND }
    void events.ask(question, stop.signal).then(answer => {
      if (stop.signal.aborted) return
      if (!isTrouble(answer)) book.add(answer)
      setFound(answer)
    })
    return () => stop.abort()
  }, [text])
  if (found === undefined) return <p class="empty quiet">{common.loading}</p>
  if (isTrouble(found)) return <p class="empty trouble">{troubleSentence(found)}</p>
  const people = found.filter(({ kind }) => kind === KIND.profile)
  const posts = found.filter(({ kind, id }) => kind === KIND.post && book.get(id) !== undefined)
  if (found.length === 0) return <p class="empty">{search.nothing}</p>
  return (
    <>
      {people.length > 0 && (
        <ul class="people" aria-label={search.people}>
          {people.map(({ pubkey }) => (
            <li key={pubkey} class="person-line">
              <Avatar profile={profileOf(book, pubkey)} size={32} /> <PersonName profile={profileOf(book, pubkey)} />
            </li>
          ))}
        </ul>
      )}
      <section aria-label={search.posts}>
        {posts.map(post => (
          <Post key={post.id} event={post} />
        ))}
      </section>
    </>
  )
}

/** Posts under one hashtag. */
export function Tagged({ tag }: { tag: string }) {
  const { book, events } = useApp()
  const version = book.version.value
  const posts = useMemo(() => withTag(book.posts(), tag), [version, tag])
  const older = useMemo(() => createOlder({ ask: events.ask, book, question: { kinds: [KIND.post], '#t': [tag] } }), [])
  return (
    <>
      <ViewTitle class="view-title" text={`#${tag}`} />
      <Feed posts={posts} label={`#${tag}`} list={`tag:${tag}`} older={older} empty={<p>{words().search.nothing}</p>} />
    </>
  )
}
