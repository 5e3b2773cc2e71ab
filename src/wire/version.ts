/** What program and page a node has: the answer to `GET /version` (specification/away.md, D5). */

/** What a page and a node must agree on to understand each other; raised when an older page cannot go on. */
export const PAGE_API = 1

export interface Version {
  /** Peer ID: of a node whose page is for everybody, and of another one when the question names it (`?node=`), else null. */
  readonly node: string | null
  /** Of the program. */
  readonly program: string
  /** The `version` in the `files.json` of the page that the node serves; null where it serves none. */
  readonly page: string | null
  readonly api: number
  /** Whether the page here is meant for everybody, to reach a node of their own, and not for this node's owner alone. */
  readonly isPublicPage: boolean
}
