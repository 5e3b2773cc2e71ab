import { describe, expect, it } from 'vitest'
import { shrink } from './shrink.ts'
import { SHORT } from './sizes.ts'
import { linesOf, ownerOf, TWICE, tellStory } from './story.ts'

const numbers = Array.from({ length: 60 }, (_, i) => i)

describe('shrinking', () => {
  it('finds the items that are needed, in their order', async () => {
    const fails = async (left: readonly number[]) => [7, 30, 31].every(needed => left.includes(needed))
    expect(await shrink(numbers, { fails, mayGoOn: () => true })).toEqual([7, 30, 31])
  })

  it('returns the shortest list so far when its time is up', async () => {
    let tries = 0
    const fails = async (left: readonly number[]) => left.includes(50)
    const left = await shrink(numbers, { fails, mayGoOn: () => tries++ < 3 })
    expect(left).toContain(50)
    expect(left.length).toBeLessThan(30)
  })

  it('leaves a list alone of which every item is needed', async () => {
    const fails = async (left: readonly number[]) => left.length === 4
    expect(await shrink([1, 2, 3, 4], { fails, mayGoOn: () => true })).toEqual([1, 2, 3, 4])
  })
})

describe('a story', () => {
  it('has every sort of fault in it', () => {
    for (let seed = 0; seed < 50; seed++) {
      const sorts = tellStory(seed, SHORT).actions.filter(action => 'forMs' in action)
      expect(new Set(sorts.map(action => action.do)).size).toBe(10)
      expect(sorts.find(action => action.do === 'kill')).toMatchObject({ node: TWICE })
    }
  })

  it('is the same for the same seed, and another for another', () => {
    expect(tellStory(5, SHORT)).toEqual(tellStory(5, SHORT))
    expect(tellStory(6, SHORT).actions).not.toEqual(tellStory(5, SHORT).actions)
  })

  it('refers to earlier deeds, deletes only what the owner did, and has a line for each action', () => {
    for (let seed = 0; seed < 50; seed++) {
      const story = tellStory(seed, SHORT)
      for (const action of story.actions) {
        if (!('of' in action)) continue
        const target = story.actions[action.of]!
        expect(action.of).toBeLessThan(action.number)
        const owners = [action, target].map(one => 'node' in one && ownerOf(one.node, story.nodes))
        expect(owners[0] === owners[1]).toBe(action.do === 'delete')
      }
      expect(linesOf(story).filter(line => / #\d+ \w/.test(line))).toHaveLength(story.actions.length)
    }
  })
})
