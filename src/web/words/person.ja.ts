/** Texts about people, and of finding posts and people, in Japanese. */
import type { Words } from './en.ts'

export const person: Words['person'] = {
  unknown: '該当なし',
  notAKey: 'このアドレスは誰も指していません。公開鍵（npub…）で終わるはずです。',
  postsOf: name => `${name} さんの投稿`,
  noPosts: 'この人の投稿はまだノードにありません。問い合わせています。',
  follow: 'フォローする',
  unfollow: 'フォロー中',
}

export const search: Words['search'] = {
  title: '検索',
  placeholder: '言葉または名前',
  find: '探す',
  people: '見つかった人',
  posts: '見つかった投稿',
  nothing: '当てはまるものはノードにありません。ノードが知っているのは、届いたものだけです。',
}
