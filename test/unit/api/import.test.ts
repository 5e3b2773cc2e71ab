/** R18.6 of specification/rest-api.md: an import that takes its time shows that it is at work. */
import { expect, test } from 'vitest'
import { readLines } from '../../support/lines.ts'
import { createClientSide } from './client-side.ts'

test('an import shows that it is at work while there is nothing to tell', async () => {
  const done = Promise.withResolvers<void>()
  const side = createClientSide({
    async importLines(lines) {
      for await (const _ of lines) await done.promise
      return { read: 1, stored: 1, had: 0, refused: 0, unnamed: 0, done: true, reason: null, code: null }
    },
  })
  const headers = { 'content-type': 'application/x-ndjson' }
  const response = await side.send('/import', { headers, body: '{}\n' })
  const [first, second] = response.body!.tee()
  const reader = first.getReader()
  const beat = reader.read()
  await expect.poll(() => side.time.waiting()).toBeGreaterThan(0)
  side.time.fireAll()
  expect(Buffer.from((await beat).value!).toString()).toBe('\n')
  done.resolve()
  expect(await readLines(new Response(second)).rest()).toMatchObject([{ done: true, stored: 1 }])
})
