/** Texts about people, and of finding posts and people. */
export const person = {
  unknown: 'Nobody',
  notAKey: 'This address names nobody: it should end with a public key (npub…).',
  postsOf: (name: string) => `Posts by ${name}`,
  noPosts: 'Your node has no posts by this person yet. It asks for them.',
  follow: 'Follow',
  unfollow: 'Following',
  edit: 'Change profile',
}

export const search = {
  title: 'Search',
  placeholder: 'Words or names',
  find: 'Find',
  people: 'People found',
  posts: 'Posts found',
  nothing: 'Your node has nothing that fits. It knows what has come to it, not everything there is.',
}

export const people = {
  followed: 'You follow',
  nobody: 'Nobody yet.',
}

export const bookmark = {
  none: 'Nothing kept yet. Posts that you bookmark stand here; nobody else knows which.',
  looking: 'Your node looks for them…',
  locked: 'Which posts you keep is encrypted. Your key opens it.',
  add: 'Bookmark',
  remove: 'Take the bookmark off',
  added: 'Bookmarked.',
  removed: 'Bookmark taken off.',
}

export const mute = {
  person: (name: string) => `Mute ${name}`,
  thread: 'Mute this conversation',
  done: 'Muted. The settings list what you have muted.',
  tag: (tag: string) => `Mute #${tag}`,
}
