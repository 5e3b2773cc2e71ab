/** Texts about people, and of finding posts and people. */
export const person = {
  unknown: 'Nobody',
  notAKey: 'This address names nobody: it should end with a public key (npub…).',
  postsOf: (name: string) => `Posts by ${name}`,
  noPosts: 'Your node has no posts by this person yet. It asks for them.',
  follow: 'Follow',
  unfollow: 'Following',
}

export const search = {
  title: 'Search',
  placeholder: 'Words or names',
  find: 'Find',
  people: 'People found',
  posts: 'Posts found',
  nothing: 'Your node has nothing that fits. It knows what has come to it, not everything there is.',
}
