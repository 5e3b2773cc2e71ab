/** A list of posts, drawn only where it is looked at. */
import { useApp } from './context.ts'
import { Post } from './post.tsx'
import { Windowed } from './windowed.tsx'

export function Timeline() {
  const { book } = useApp()
  void book.version.value
  const posts = book.posts()
  return <Windowed items={posts} keyOf={post => post.id} estimate={120} draw={post => <Post event={post} />} />
}
