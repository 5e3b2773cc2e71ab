/** Texts of posts and lists of them. */
export const post = {
  showAll: 'Show all',
  less: 'Show less',
  aPost: 'a post',
  notHereYet: 'This post is not here yet. Your node asks for it.',
  picture: 'Picture without a description',
  video: 'Film without a description',
  loadPicture: (host: string) => `Show the picture from ${host}`,
  loadVideo: (host: string) => `Show the film from ${host}`,
  brokenPicture: (alt: string) =>
    alt === '' ? 'The picture cannot be loaded.' : `The picture cannot be loaded: ${alt}`,
  repostedBy: (name: string) => `Reposted by ${name}`,
  answers: 'A reply',
  answersTo: (name: string) => `Reply to ${name}`,
  onlyYouAnd: (names: string) => `Only you and ${names} can see this`,
  warned: 'The author asks to look twice before this is shown.',
  warnedOf: (reason: string) => `The author warns: ${reason}`,
  showAnyway: 'Show it',
  newPosts: (count: string) => `${count} new`,
  seenBefore: 'You have seen what follows.',
  muted: 'A post by somebody, or of something, that you muted.',
  showMuted: 'Show it',
  thread: 'Conversation',
  noMore: 'That is all your node has.',
  isLoading: 'Your node is looking for earlier posts…',
  emptyHome: 'Nothing here yet. Posts of the people you follow appear as soon as their nodes pass them on.',
  emptyEverybody: 'Nothing here yet. Your node is waiting for other nodes: posts of everybody connected appear here.',
  findPeople: 'Find people to follow',
}

export const version = {
  other: 'Your node has another version of this page. What you are writing is kept.',
  reload: 'Load it',
  old: 'This page is older than your node, and some of it does not work. Nothing is lost.',
  new: 'This page is newer than your node, and some of it does not work until the node is updated. Nothing is lost.',
  own: "Open the node's own page",
  ownWhere: 'That one opens in the network of the node.',
}
