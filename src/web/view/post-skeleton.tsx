/** Where posts will stand: the same height, so that nothing jumps; after a moment it says what is waited for. */
import { useEffect, useState } from 'preact/hooks'
import { words } from '../words/words.ts'

const HINT_MS = 400

export function PostSkeleton() {
  const [isLong, setLong] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), HINT_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div aria-busy="true">
      <p class="skeleton-hint quiet small" role="status">
        {isLong ? words().common.loading : ''}
      </p>
      {[0, 1, 2, 3].map(place => (
        <div key={place} class="post skeleton" aria-hidden="true">
          <span class="skeleton-avatar" />
          <span class="post-body">
            <span class="skeleton-line short" />
            <span class="skeleton-line" />
            <span class="skeleton-line" />
          </span>
        </div>
      ))}
    </div>
  )
}
