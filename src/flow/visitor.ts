/** Who is at the other end of a connection to the relay, as far as they have shown (specification/relay-access.md, A1). */

/**
 * `owner`: by where they come from, by the access token, or by NIP-42. `listed`: has proved a key that the owner
 * listed. `guest`: has proved another key. `stranger`: has proved nothing.
 */
export type Role = 'owner' | 'listed' | 'guest' | 'stranger'

export interface Visitor {
  readonly role: Role
  /** Public keys that were proved by NIP-42. */
  readonly pubkeys: ReadonlySet<string>
  /** IP address; undefined on a transport without sockets. */
  readonly address: string | undefined
}
