import { describe, expect, it } from 'vitest'
import { classOf, KIND, type KindClass, type Travel, travelOf } from '../../../src/event/kinds.ts'

describe('table of kinds (E6.1)', () => {
  /** The compiler asks for every way to travel, and each way names all its kinds of the closed table. */
  const KINDS: Record<Travel, readonly number[]> = {
    broadcast: [KIND.profile, KIND.repost, KIND.genericRepost],
    post: [KIND.post],
    reaction: [KIND.reaction],
    deletion: [KIND.deletion],
    gift: [KIND.giftWrap, KIND.ephemeralGiftWrap],
    kept: [
      KIND.follows,
      KIND.vanish,
      KIND.appData,
      2,
      8,
      17,
      1984,
      9735,
      10_002,
      19_999,
      30_000,
      39_999,
      40_000,
      65_535,
    ],
    private: [KIND.encryptedMessage, KIND.seal, KIND.chatMessage, KIND.fileMessage, KIND.clientAuth, KIND.httpAuth],
    addressed: [20_000, 20_001, 24_133, 29_999],
  }
  for (const [travel, kinds] of Object.entries(KINDS)) {
    it.each(kinds)(`lets events travel as ${travel}: kind %i`, kind => {
      expect(travelOf(kind)).toBe(travel)
    })
  }

  it('says how every named kind travels', () => {
    const listed = new Set(Object.values(KINDS).flat())
    expect(Object.values(KIND).filter(kind => !listed.has(kind))).toEqual([])
  })

  it('has these numbers', () => {
    expect(KIND).toEqual({
      profile: 0,
      post: 1,
      follows: 3,
      encryptedMessage: 4,
      deletion: 5,
      repost: 6,
      reaction: 7,
      seal: 13,
      chatMessage: 14,
      fileMessage: 15,
      genericRepost: 16,
      vanish: 62,
      giftWrap: 1059,
      relayList: 10_002,
      ephemeralGiftWrap: 21_059,
      clientAuth: 22_242,
      httpAuth: 27_235,
      appData: 30_078,
    })
  })
})

describe('class of a kind (E5.1)', () => {
  const EDGES: Record<KindClass, readonly number[]> = {
    regular: [1, 2, 4, 5, 6, 7, 9_999, 40_000, 65_535],
    replaceable: [0, 3, 10_000, 19_999],
    ephemeral: [20_000, 29_999],
    addressable: [30_000, 39_999],
  }
  for (const [kindClass, kinds] of Object.entries(EDGES)) {
    it.each(kinds)(`${kindClass}: %i`, kind => {
      expect(classOf(kind)).toBe(kindClass)
    })
  }
})
