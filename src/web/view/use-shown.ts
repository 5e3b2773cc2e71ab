/** What is on the screen the page does not let go of. */
import { useEffect } from 'preact/hooks'
import { useApp } from './context.ts'

export function useShown(id: string | undefined): void {
  const { book } = useApp()
  useEffect(() => (id === undefined ? undefined : book.show(id)), [id])
}
