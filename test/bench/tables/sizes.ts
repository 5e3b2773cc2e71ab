import { KIND } from '../../../src/event/kinds.ts'
import { encodeEvent } from '../../../src/wire/event-codec.ts'
import { nowSeconds, POST_CHARS, post, signed, writer } from '../posts.ts'
import { goalAtMost, type Table } from '../table.ts'

export const sizes: Table = {
  name: 'sizes',
  title: 'Overlay bytes of an event',
  how: 'The encoded event as it is gossiped or delivered, without the framing of the transport.',
  async measure() {
    const [alice, bob] = [writer('alice'), writer('bob')]
    const plain = post(alice, 1)
    const liked = [
      ['e', plain.id],
      ['p', alice.pubkey],
    ]
    const like = signed(bob, { kind: KIND.reaction, created_at: nowSeconds(), tags: liked, content: '+' })
    return [
      {
        what: `post of ${POST_CHARS} characters without tags`,
        value: encodeEvent(plain).length,
        unit: 'B',
        bound: goalAtMost(250),
      },
      { what: 'like with an e and a p tag', value: encodeEvent(like).length, unit: 'B', bound: goalAtMost(200) },
    ]
  },
}
