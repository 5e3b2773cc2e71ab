/** What is being written, kept on the device while it is: a reload or a closed page loses nothing. */
import type { Keep } from '../keep/database.ts'
import { NOTHING_WRITTEN, type Towards, type Writing } from '../text/drafting.ts'

export interface Drafts {
  /** What was written since the page was opened; undefined for nothing. */
  peek(towards: Towards): Writing | undefined
  read(towards: Towards): Promise<Writing>
  /** An empty one is forgotten. */
  write(towards: Towards, writing: Writing): void
}

/** @param keep undefined before somebody is in */
export function createDrafts(keep: () => Keep | undefined): Drafts {
  /** Also where the browser keeps nothing, a draft outlives the view it was written in. */
  const inMemory = new Map<string, Writing>()
  return {
    peek: towards => inMemory.get(nameOf(towards)),
    async read(towards) {
      const name = nameOf(towards)
      return inMemory.get(name) ?? (await keep()?.value<Writing>(name)) ?? NOTHING_WRITTEN
    },
    write(towards, writing) {
      const name = nameOf(towards)
      const isEmpty = writing.text.trim() === ''
      if (isEmpty) inMemory.delete(name)
      else inMemory.set(name, writing)
      void keep()?.setValue(name, isEmpty ? undefined : writing)
    },
  }
}

function nameOf(towards: Towards): string {
  switch (towards.what) {
    case 'new':
      return 'draft:new'
    case 'reply':
      return `draft:reply:${towards.to.id}`
    case 'quote':
      return `draft:quote:${towards.of.id}`
  }
}
