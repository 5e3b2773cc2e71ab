/** Where the node is and what opens it: the page's own address, and the code in it or kept from an earlier visit. */

export interface NodeAddress {
  /** `http(s)://host:port`, without a slash at the end. */
  readonly origin: string
  /** Opens the node (specification/rest-api.md, R1.1); undefined on the node's own machine or before somebody got in. */
  readonly token: string | undefined
}

const TOKEN = /^\/k\/([A-Za-z0-9_-]{1,128})(?=\/|$)/

/** The code of `/k/<code>/…`, of a whole address or of a path; what looks like a bare code counts too. */
export function tokenOf(text: string): string | undefined {
  const trimmed = text.trim()
  if (/^[A-Za-z0-9_-]{16,128}$/.test(trimmed)) return trimmed
  try {
    return TOKEN.exec(new URL(trimmed, 'http://node').pathname)?.[1]
  } catch {
    return undefined
  }
}

/** The path of the page without the code. */
export function plainPath(path: string): string {
  return path.replace(TOKEN, '') || '/'
}
