/** What the page says, in Japanese. */
import { action, compose } from './compose.ja.ts'
import type { Words } from './en.ts'
import { house } from './house.ja.ts'
import { keyJa } from './key.ja.ts'
import { notice } from './notice.ja.ts'
import { bookmark, mute, people, person, search } from './person.ja.ts'
import { post, version } from './post.ja.ts'
import { way } from './way.ja.ts'

export const ja: Words = {
  app: 'nostrp2p',

  action,
  bookmark,
  compose,
  house,
  mute,
  notice,
  people,
  person,
  post,
  search,
  version,
  way,

  common: {
    cancel: 'やめる',
    close: '閉じる',
    save: '保存',
    tryAgain: 'もう一度',
    back: '戻る',
    copy: 'コピー',
    copied: 'コピーしました',
    loading: '読み込み中…',
  },

  nav: {
    main: 'メイン',
    home: 'ホーム',
    everybody: 'みんな',
    notices: '通知',
    people: '人々',
    search: '検索',
    bookmarks: 'ブックマーク',
    me: '自分の投稿',
    node: 'ノード',
    settings: '設定',
    compose: '新しい投稿',
  },

  trouble: {
    away: 'ノードが応答しません。電源が切れているか、この端末が同じネットワークにいないようです。書いたものはここに保存され、つながったら送られます。',
    slow: 'ノードの応答に時間がかかっています。自動的にもう一度試します。',
    locked: 'このノードを開くには鍵が必要です。',
    busy: 'ノードが混み合っています。少し待ってからもう一度試します。',
    broken:
      'ノードの返事をこのページが理解できませんでした。バージョンが違うのかもしれません。ページを再読み込みしてください。',
  },

  locked: {
    title: 'このノードには持ち主がいます',
    how: '開くには、ノードが起動時に表示したアドレス（/k/ と長いコードで終わるもの）を使うか、持ち主の鍵でサインインしてください。',
    token: 'アドレスまたはコード',
    open: '開く',
    signIn: '持ち主の鍵でサインイン',
    wrongToken: 'このコードは使えません。取り消されたか、文字が抜けているようです。',
  },

  key: keyJa,

  times: {
    now: '今',
  },
}
