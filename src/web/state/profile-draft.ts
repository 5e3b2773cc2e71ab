/** A changed profile (kind 0): what this page knows is replaced, what other programs keep in it stays. */
import type { NostrEvent } from '../../event/event.ts'
import { KIND } from '../../event/kinds.ts'
import { dateAfter } from './newest-own.ts'
import type { Draft } from './publish.ts'

/** An empty text takes a field out. */
export type ProfileFields = Partial<
  Record<'name' | 'display_name' | 'about' | 'picture' | 'banner' | 'website' | 'nip05', string>
>

/** @param before the newest profile that is known */
export function profileDraft(before: NostrEvent | undefined, fields: ProfileFields): Draft {
  const content: Record<string, unknown> = { ...parsed(before?.content) }
  for (const [name, value] of Object.entries(fields)) {
    if (value.trim() === '') delete content[name]
    else content[name] = value.trim()
  }
  // A name of old would be shown before the one that was given now.
  if (fields.name !== undefined && fields.display_name === undefined) delete content.display_name
  const created_at = dateAfter(before)
  return { kind: KIND.profile, created_at, tags: before?.tags ?? [], content: JSON.stringify(content) }
}

function parsed(content: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(content ?? '{}')
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {}
  } catch {
    return {}
  }
}
