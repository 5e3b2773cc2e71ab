/** Texts of posts and lists of them, in Japanese. */
import type { Words } from './en.ts'

export const post: Words['post'] = {
  showAll: 'すべて表示',
  less: '折りたたむ',
  aPost: '投稿',
  notHereYet: 'この投稿はまだ届いていません。ノードが探しています。',
  picture: '説明のない画像',
  video: '説明のない動画',
  loadPicture: host => `${host} の画像を表示`,
  loadVideo: host => `${host} の動画を表示`,
  brokenPicture: alt => (alt === '' ? '画像を読み込めません。' : `画像を読み込めません：${alt}`),
  repostedBy: name => `${name} さんがリポスト`,
  answers: '返信',
  answersTo: name => `${name} さんへの返信`,
  onlyYouAnd: names => `あなたと ${names} さんだけが見られます`,
  warned: '投稿者が閲覧注意に設定した投稿です。',
  warnedOf: reason => `閲覧注意：${reason}`,
  showAnyway: '表示する',
  newPosts: count => `新しい投稿 ${count} 件`,
  seenBefore: 'ここから先は前回までに表示した投稿です。',
  muted: 'ミュートしたユーザーまたは話題の投稿です。',
  showMuted: '表示する',
  thread: '会話',
  noMore: 'ノードにある投稿はここまでです。',
  isLoading: 'ノードが以前の投稿を探しています…',
  emptyHome: 'まだ何もありません。フォローした人の投稿は、その人のノードから届くとここに表示されます。',
  emptyEverybody: 'まだ何もありません。ほかのノードとつながると、みんなの投稿がここに表示されます。',
  findPeople: 'フォローする人を探す',
}

export const version: Words['version'] = {
  other: 'ノードにこのページの別のバージョンがあります。書きかけのものは保存されています。',
  reload: '再読み込み',
  old: 'このページはノードより古いバージョンのため、一部が動きません。失われるものはありません。',
  new: 'このページはノードより新しいバージョンのため、ノードを更新するまで一部が動きません。失われるものはありません。',
  own: 'ノード自身のページを開く',
  ownWhere: 'ノードと同じネットワークで開けます。',
}
