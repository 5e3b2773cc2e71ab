/** Lines of the node's log in Japanese, by what they tell; where there are none, the node's English words are shown. */
import { isHex32 } from '../../event/hex.ts'
import { KIND } from '../../event/kinds.ts'
import type { LogLine } from '../../wire/log-line.ts'

const KINDS: ReadonlyMap<number, string> = new Map([
  [KIND.profile, 'プロフィール'],
  [KIND.post, '投稿'],
  [KIND.follows, 'フォローリスト'],
  [KIND.deletion, '削除'],
  [KIND.repost, 'リポスト'],
  [KIND.genericRepost, 'リポスト'],
  [KIND.reaction, 'いいね'],
  [KIND.giftWrap, '非公開のメッセージ'],
  [KIND.ephemeralGiftWrap, '非公開のメッセージ'],
  [KIND.appData, '設定'],
])

export function logLineJa({ what, details }: LogLine, name: (pubkey: string) => string): string {
  const event = details.event as { pubkey?: unknown; kind?: unknown } | undefined
  const thing = KINDS.get(Number(event?.kind)) ?? 'データ'
  const person = (value: unknown): string => (isHex32(value) ? `${name(value)} さん` : '誰か')
  const number = (value: unknown): string => String(Number(value))
  switch (what) {
    case 'published':
      return `あなたの${thing}を保存しました`
    case 'broadcast':
      return `${person(event?.pubkey)}の${thing}を ${number(details.peers)} 個のノードへ送りました`
    case 'received':
      return `${person(event?.pubkey)}の${thing}が届きました`
    case 'delivered':
      return `${thing}が ${person(details.to)}のノードに届きました`
    case 'waiting':
      return `${person(details.to)}のノードはオフラインです。${thing}は後でもう一度送ります`
    case 'expired':
      return `${person(details.to)}への${thing}の再送を打ち切りました。ノードが戻りませんでした`
    case 'peer-connected':
      return `${nodeOf(details.owner, person)}とつながりました（現在 ${number(details.peers)} 個）`
    case 'peer-disconnected':
      return `${nodeOf(details.owner, person)}との接続が切れました（残り ${number(details.peers)} 個）`
    case 'bootstrap':
      return details.state === 'connected'
        ? `入口のノードにつながりました：${String(details.address)}`
        : `入口のノードが応答しません：${String(details.address)}。試し続けます`
    case 'claimed':
      return 'このノードに持ち主ができました'
    case 'reachability':
      return REACH[String(details.state)] ?? ''
    case 'binding':
      return BINDING[String(details.state)] ?? ''
    case 'caught-up':
      return `取りこぼしを補いました：${number(details.neighbours)} 個のノードから ${number(details.events)} 件`
    case 'copied':
      return `自分の別のノードから ${number(details.events)} 件が届きました`
    case 'imported':
      return `読み込みました：新しいもの ${number(details.stored)} 件、すでにあったもの ${number(details.had)} 件、取り込まなかったもの ${number(details.refused)} 件`
    case 'several':
      return `同じ 1 秒間に、ほかに ${number(details.count)} 行`
    case 'log':
      return ''
  }
}

function nodeOf(owner: unknown, person: (value: unknown) => string): string {
  return isHex32(owner) ? `${person(owner)}のノード` : '持ち主のいないノード'
}

const REACH: Readonly<Record<string, string>> = {
  public: 'ほかのノードから直接届きます',
  mapped: 'ほかのノードから届きます。ルーターが通しています',
  relayed: 'ほかのノードから中継ノードを通じて届きます',
  unreachable: 'ほかのノードから届きません。中継ノードを探しています',
}

const BINDING: Readonly<Record<string, string>> = {
  valid: 'このノードへの署名が有効になりました',
  'expires-soon': 'このノードへの署名がまもなく切れます。署名し直してください',
  withdrawn: 'このノードへの署名が取り消されました',
  none: 'このノードへの署名が切れました。署名し直してください',
}
