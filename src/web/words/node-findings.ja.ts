/** What the node's check found, in Japanese: how it stands by check and state; the node's English words stand below it. */

type Texts = Readonly<Record<string, Readonly<Record<string, string>>>>

const FINDINGS: Texts = {
  node: { pass: 'ノードは動いていて、つながっています。', warn: 'ノードがほかのノードとつながっていません。' },
  clock: {
    pass: '時計は合っています。',
    warn: '時計がずれているか、確かめられませんでした。',
    fail: '時計が大きくずれています。',
  },
  'data-directory': {
    pass: 'データの場所に問題はありません。',
    warn: 'データの場所に注意が必要です。',
    fail: 'データの場所に問題があります。',
  },
  ports: {
    pass: 'ポートは使えています。',
    warn: 'ポートの状態に注意が必要です。',
    fail: 'ポートが使えません。',
  },
  addresses: { pass: '待ち受けのアドレスに問題はありません。', warn: 'このコンピューターの中からしか接続できません。' },
  bootstrap: {
    pass: 'ネットワークへの入口は応答しています。',
    warn: 'ネットワークへの入口に注意が必要です。',
    fail: 'ネットワークへの入口が応答しません。',
  },
  nat: {
    pass: 'ほかの家との直接接続ができます。',
    warn: 'ルーターの種類がわからないか、直接接続が難しい種類です。',
  },
  'port-mapping': { pass: 'ルーターの設定に問題はありません。', warn: 'ルーターがポートを開けていません。' },
  reachability: {
    pass: 'ほかのノードから届きます。',
    warn: 'ほかから届くかどうか、まだわかりません。',
    fail: 'ほかのノードから届きません。',
  },
  browsers: {
    pass: 'ブラウザーの受け入れに問題はありません。',
    warn: 'ブラウザーがまだ外から届いていません。',
  },
  relays: {
    pass: '中継ノードに問題はありません。',
    warn: '中継ノードが足りません。',
    fail: '中継ノードがありません。',
  },
  binding: {
    pass: 'このノードへの署名は有効です。',
    warn: 'このノードへの署名がないか、まもなく切れます。',
    fail: 'このノードへの署名が切れたか、取り消されています。',
  },
}

const ADVICE: Readonly<Record<string, string>> = {
  node: 'ネットワークに入るためのノードを「設定」で登録してください。',
  clock: 'コンピューターの時刻の自動設定をオンにしてください。',
  'data-directory': 'フォルダーの権限と空き容量を確認してください。',
  ports: '別のポートを使うか、そのポートを使っているプログラムを止めてください。',
  addresses: 'ほかのコンピューターからも接続できるよう、「設定」で待ち受けるアドレスを 0.0.0.0 などに変えてください。',
  bootstrap: 'アドレスを確かめるか、別の入口を「設定」で登録してください。',
  nat: '外のネットワークにあるノードを入口として登録すると、調べられます。',
  'port-mapping': 'ルーターの設定でポートを開けるか、UPnP を有効にしてください。',
  reachability: 'ルーターでポートを開けるか、外のネットワークにある入口を登録してください。',
  browsers: 'ファイアウォールで、ブラウザー用のポートを TCP と UDP の両方で開けてください。',
  relays: '外から届くノードを、もう 1 つ入口として登録してください。',
  binding: 'このページで署名してください。',
}

export function findingJa(check: string, state: string): string {
  return FINDINGS[check]?.[state] ?? ''
}

export function adviceJa(check: string): string {
  return ADVICE[check] ?? ''
}
