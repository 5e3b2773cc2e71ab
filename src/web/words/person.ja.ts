/** Texts about people, and of finding posts and people, in Japanese. */
import type { Words } from './en.ts'

export const person: Words['person'] = {
  unknown: 'ユーザーが見つかりません',
  notAKey: 'このアドレスに当たるユーザーはいません。アドレスは公開鍵（npub…）で終わります。',
  postsOf: name => `${name} さんの投稿`,
  noPosts: 'この人の投稿はまだノードにありません。問い合わせています。',
  follow: 'フォローする',
  unfollow: 'フォロー中',
  edit: 'プロフィールを編集',
}

export const search: Words['search'] = {
  title: '検索',
  placeholder: '言葉または名前',
  find: '検索',
  people: '見つかったユーザー',
  posts: '見つかった投稿',
  nothing: '見つかりませんでした。検索できるのは、このノードに届いたものだけです。',
}

export const people: Words['people'] = {
  followed: 'フォローしている人',
  nobody: 'まだ誰もいません。',
}

export const bookmark: Words['bookmark'] = {
  none: 'まだ何もありません。ブックマークした投稿がここに並びます。ほかの人には見えません。',
  looking: 'ノードが探しています…',
  locked: '保存した投稿の一覧は暗号化されています。あなたの鍵で開きます。',
  add: 'ブックマークする',
  remove: 'ブックマークを外す',
  added: 'ブックマークしました。',
  removed: 'ブックマークを外しました。',
}

export const mute: Words['mute'] = {
  person: name => `${name} さんをミュート`,
  thread: 'この会話をミュート',
  done: 'ミュートしました。「設定」の「ミュート」で解除できます。',
  tag: tag => `#${tag} をミュート`,
}
