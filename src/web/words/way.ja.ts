/** Texts of how far something got, in Japanese. */
import type { Words } from './en.ts'

export const way: Words['way'] = {
  saved: time => `${time} に自分のノードに保存`,
  passed: (nodes, time) => `${time} に ${nodes} 個のノードへ送信`,
  nobodyThere: 'ほかのノードとの接続を待っています',
  delivered: (name, time) => `${time} に ${name} さんのノードに到着`,
  waiting: name => `${name} さんのノードはオフラインです`,
  waitingUntil: (name, time) => `${name} さんのノードはオフラインです。次は ${time}、または戻ったときに送ります`,
  givenUp: (name, time) => `${time} に再送を打ち切りました。${name} さんのノードは戻りませんでした`,
}
