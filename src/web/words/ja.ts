/** What the page says, in Japanese. */
import { action, compose } from './compose.ja.ts'
import type { Words } from './en.ts'
import { house } from './house.ja.ts'
import { keyJa } from './key.ja.ts'
import { notice } from './notice.ja.ts'
import { bookmark, mute, people, person, search } from './person.ja.ts'
import { post, version } from './post.ja.ts'
import { refusalsJa } from './refusal.ja.ts'
import { road } from './road.ja.ts'
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
  road,
  search,
  version,
  way,

  common: {
    cancel: 'キャンセル',
    close: '閉じる',
    save: '保存',
    saving: '保存しています…',
    tryAgain: 'もう一度試す',
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
    people: 'ユーザー',
    search: '検索',
    bookmarks: 'ブックマーク',
    me: '自分の投稿',
    node: 'ノード',
    settings: '設定',
    compose: '新しい投稿',
  },

  trouble: {
    away: 'ノードが応答しません。電源が切れているか、この端末と同じネットワークにないのかもしれません。書いたものはここに保存され、つながったら送信されます。',
    slow: 'ノードの応答に時間がかかっています。自動的に再試行します。',
    locked: 'このノードを開くには鍵が必要です。',
    busy: 'ノードが混み合っています。少し待ってから自動的に再試行します。',
    broken:
      'ノードの応答をこのページで読み取れませんでした。バージョンが違う可能性があります。ページを再読み込みしてください。',
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

  refusals: refusalsJa,

  times: {
    now: '今',
  },
}
