import { expect, test } from 'vitest'
import { createClientSide, ELSEWHERE, SYNC_STATUS } from './client-side.ts'

test('catching up is asked for by POST, and told to who may read', async () => {
  const side = createClientSide()
  const begun = await side.send('/sync', { body: {} })
  expect([begun.status, await begun.json()]).toEqual([202, { number: 7, sync: SYNC_STATUS }])
  expect(await (await side.send('/sync', { method: 'GET' })).json()).toEqual(SYNC_STATUS)
  for (const method of ['GET', 'POST']) {
    expect(
      (await side.send('/sync', { method, connection: ELSEWHERE, ...(method === 'POST' && { body: {} }) })).status,
    ).toBe(401)
  }
  expect((await side.send('/sync', { headers: { 'content-type': 'text/plain' }, body: '{}' })).status).toBe(415)
})
