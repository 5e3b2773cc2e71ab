/** The settings of the node in Japanese, by the name of their flag. */
import type { FlagWords } from './flag-words.ts'

export const flagsJa: Readonly<Record<string, FlagWords>> = {
  'listen-addr-port': {
    label: 'ほかのノードを受け入れる場所',
    what: 'ほかのノードがこのノードに接続するアドレスとポート。アプリはその次のポートに接続します。',
  },
  'boot-peer-addr-port': {
    label: 'ネットワークに入るためのノード',
    what: 'ここを通じてネットワークに参加します。「ホスト:ポート」、ホスト名、またはマルチアドレス。いくつでも登録できます。',
  },
  announce: {
    label: 'ほかのノードに知らせるアドレス',
    what: 'ノードが自分で調べられないときに、ほかからの接続先を指定します。「ホスト:ポート」またはマルチアドレス。',
    fallback: 'ノード、ルーター、相手が調べた結果',
  },
  mdns: {
    label: '同じネットワークのノードを探す',
    what: '同じ LAN のノードを見つけ、相手からも見つけてもらいます。',
    fallback: 'オン',
  },
  'port-mapping': {
    label: 'ルーターにポート開放を頼む',
    what: 'ほかのノードを通すよう、UPnP と NAT-PMP でルーターに頼みます。',
    fallback: 'オン',
  },
  browsers: {
    label: 'ブラウザーを受け入れる',
    what: 'ブラウザーがこのノードを通じて自分のノードを探せるよう、WebSocket と WebRTC-direct で受け入れます。auto ならほかのノードから届くときだけ、on なら常に、off なら受け入れません。',
    fallback: 'auto',
  },
  'browser-port': {
    label: 'ブラウザー用のポート',
    what: 'ブラウザーを受け入れる TCP と UDP のポート。',
    fallback: '-l のポートの 2 つ後',
  },
  'serve-page': {
    label: 'このページを誰にでも開く',
    what: 'アプリ用のアドレスを開いた人が、このページで自分のノードにつなげるようにします。このノードの中身は見えません。auto ならほかのノードから届くときだけ、on なら常に、off なら開きません。',
    fallback: 'auto',
  },
  'auto-tls': {
    label: 'ブラウザー用の証明書を libp2p.direct から取る',
    what: '証明書を持たない公開ノードのために、libp2p.direct の名前で Let’s Encrypt から証明書を取ります。どちらのサービスにもノードのアドレスが知られ、その利用規約に従います。',
    fallback: 'オフ',
  },
  'public-key': {
    label: '持ち主',
    what: '持ち主の公開鍵：npub、nprofile、または 16 進 64 桁。',
    fallback: 'データの場所に記録された持ち主。新しいノードは持ち主を待ちます',
  },
  writable: {
    label: 'このノードから投稿する',
    what: '持ち主がこのノードから投稿できるかどうか。公開の入口ノードではオフにします。',
    fallback: 'オン',
  },
  'native-verifier': {
    label: '署名の確認にシステムのライブラリーを使う',
    what: 'libsecp256k1 があれば、それで署名を確認します。オフなら内蔵のものを使います。',
    fallback: 'オン',
  },
  debug: { label: '端末に詳しいログを出す', what: 'デバッグ用のログを標準エラーに出します。', fallback: 'オフ' },
  json: { label: '端末に JSON で出す', what: '1 行に 1 つの JSON を出力します。', fallback: 'オフ' },
  ssl: {
    label: '作業フォルダーの証明書で暗号化する',
    what: 'fullchain.pem と privkey.pem を使い、アプリとの通信を TLS で暗号化します。',
    fallback: 'オフ',
  },
  'tls-cert': { label: '証明書のファイル', what: 'この証明書（PEM）で、アプリとの通信を TLS で暗号化します。' },
  'tls-key': { label: '証明書の鍵のファイル', what: '証明書の秘密鍵（PEM）。' },
  'data-dir': {
    label: 'データの場所',
    what: 'ノードの鍵、コード、投稿を保存するフォルダー。',
    fallback: 'システムのデータフォルダーの中の、持ち主ごとのフォルダー',
  },
  'max-events': {
    label: '保存する投稿などの件数',
    what: 'これを超えると、必要性の低いものから消えます。',
  },
  'max-store-mb': { label: '保存する容量（メガバイト）', what: '投稿などに使うディスクの容量（MiB）。' },
  'relay-writes': {
    label: 'ここに置ける人',
    what: 'アプリから受け取る相手：自分だけ、リストに載せた人、誰でも。ほかの人が置いたものはこのノードにとどまり、ゲスト用の上限の中で保存され、いっぱいになると先に消えます。',
    fallback: '自分だけ',
  },
  'relay-reads': {
    label: 'ここで読める人',
    what: 'あなただけのものを除いて、ほかに誰が読めるか。',
    fallback: '自分だけ',
  },
  'relay-pow': {
    label: 'ゲストに求める作業証明',
    what: 'リストにない人に求める作業証明（NIP-13）のビット数。0 から 64。',
  },
  'relay-url': {
    label: 'アプリから見たこのノードの別のアドレス',
    what: 'プロキシーなど、外のアプリがこのノードを呼ぶ URL。アプリはこの名前でサインインします（NIP-42）。',
    fallback: 'このコンピューターのアドレス',
  },
  'guest-share': {
    label: 'ゲストに使うディスクの割合',
    what: '保存容量のうち、ゲストが置いたものに使える割合（1 から 90 パーセント）。',
  },
  'guest-events': { label: 'ゲスト 1 人あたりの件数', what: '1 人のゲストについて保存する件数。' },
  'guest-rate': {
    label: '1 つのアドレスから 1 分に受け取る件数',
    what: '1 分間に 1 つのアドレスから受け取るゲストの件数。0 なら無制限。',
  },
  'guest-event-kb': { label: 'ゲストの 1 件の大きさ', what: '1 件あたりのキロバイト（KiB）。1 から 256。' },
}
