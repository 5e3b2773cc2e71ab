/** Posts that the owner keeps to read again; nobody else knows which. */
import { useEffect } from 'preact/hooks'
import { isHex32 } from '../../event/hex.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { Post } from './post.tsx'
import { ViewTitle } from './view-title.tsx'

export function Bookmarks() {
  const { book, bookmarks, missing, signing } = useApp()
  void book.version.value
  const ids = bookmarks.tags.value.flatMap(([name, id]) => (name === 'e' && isHex32(id) ? id : [])).toReversed()
  useEffect(() => {
    for (const id of ids) missing.wantPost(id)
  }, [ids.join()])
  const { nav, bookmark, house } = words()
  const isClosed = bookmarks.isClosed.value
  const found = ids.flatMap(id => book.get(id) ?? [])
  return (
    <>
      <ViewTitle class="view-title" text={nav.bookmarks} />
      {isClosed && (
        <div class="row">
          <p class="quiet">{bookmark.locked}</p>
          <button type="button" class="button" onClick={() => void signing.needSigner()}>
            {signing.state.value.at === 'none' ? house.key.bring : house.key.unlock}
          </button>
        </div>
      )}
      {found.length === 0 && !(isClosed && ids.length === 0) && (
        <p class="empty">{ids.length === 0 ? bookmark.none : bookmark.looking}</p>
      )}
      {found.map(event => (
        <Post key={event.id} event={event} />
      ))}
    </>
  )
}
