/** Texts about people, and of finding posts and people, in Japanese. */
import type { Words } from './en.ts'

export const person: Words['person'] = {
  unknown: '該当なし',
  notAKey: 'このアドレスは誰も指していません。公開鍵（npub…）で終わるはずです。',
  postsOf: name => `${name} さんの投稿`,
  noPosts: 'この人の投稿はまだノードにありません。問い合わせています。',
  follow: 'フォローする',
  unfollow: 'フォロー中',
  edit: 'プロフィールを変更',
}

export const search: Words['search'] = {
  title: '検索',
  placeholder: '言葉または名前',
  find: '探す',
  people: '見つかった人',
  posts: '見つかった投稿',
  nothing: '当てはまるものはノードにありません。ノードが知っているのは、届いたものだけです。',
}

export const people: Words['people'] = {
  followed: 'フォローしている人',
  nobody: 'まだ誰もいません。',
}

export const bookmark: Words['bookmark'] = {
  none: 'まだ何もありません。ブックマークした投稿がここに並びます。ほかの人には見えません。',
  looking: 'ノードが探しています…',
  add: 'ブックマークする',
  remove: 'ブックマークを外す',
}

export const mute: Words['mute'] = {
  person: name => `${name} さんをミュート`,
  thread: 'この会話をミュート',
  tag: tag => `#${tag} をミュート`,
}
