/** Texts of writing, and of what can be done with a post, in Japanese. */
import type { Words } from './en.ts'

export const compose: Words['compose'] = {
  title: '新しい投稿',
  replyTitle: '返信',
  quoteTitle: '引用',
  text: '投稿の本文',
  placeholder: 'いま何をしていますか？',
  send: '投稿する',
  sendNow: '今すぐ投稿',
  keys: 'Ctrl + Enter で投稿',
  undo: '取り消す',
  edit: '書き直す',
  discard: '破棄する',
  warn: '閲覧注意にする',
  warnOf: '注意の内容（空欄でもかまいません）',
  describe: url => `画像 ${url} の説明`,
  people: 'ユーザー',
  forEverybody: 'この投稿は誰でも見られます。',
  onlyFor: names => `${names} さんだけが見られます。`,
  letEverybodySee: '誰でも見られるようにする（名前を挙げた人には通知されません）',
  outgoing: '送信中の投稿',
  soon: '数秒後に送信します。',
  sending: 'ノードに送っています…',
  waiting: 'ノードが応答しません。ここに保存し、つながったら送信します。',
}

export const action: Words['action'] = {
  reply: '返信',
  repost: 'リポスト',
  repostNow: 'リポストする',
  unrepost: 'リポストを取り消す',
  quote: '引用する',
  like: 'いいね',
  unlike: 'いいねを取り消す',
  likeIsFor: name => `このいいねは ${name} さんだけに届きます。`,
  more: 'その他',
  copyLink: 'リンクをコピー',
  copyText: '本文をコピー',
  delete: '削除',
  deleteTitle: 'この投稿を削除しますか？',
  deleteHonestly:
    'このノードから削除し、ネットワークにも削除を知らせます。オフラインのノードや削除に応じないノードには、コピーが残ることがあります。',
}
