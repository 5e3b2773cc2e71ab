/** What a pull of the page costs on the wire. */
import type { Page, Request } from 'playwright-core'
import { nowSeconds, post, writer } from '../bench/posts.ts'
import { goalAtMost, originalAtMost, type Row, type Table } from '../bench/table.ts'
import { setStage } from './stage.ts'

const NEW_POSTS = 50
/** Bodies of the original for so many posts of this form (test/bench/tables/pull.ts has 1, 10 and 100). */
const ORIGINAL_BYTES_A_POST = 333.1

export const pull: Table = {
  name: 'web-pull',
  title: 'A pull by the page',
  how: 'As Chromium sends and gets it, HTTP/1.1 without TLS, gzip where it is shorter; 50 posts of 140 characters.',
  async measure(run) {
    const stage = await setStage(run, 300)
    const page = await (await stage.browser.newContext()).newPage()
    await page.goto(`${stage.origin}/`)
    await page.getByRole('article').first().waitFor()
    await pullOnce(page)
    const nothing = await sizesOf(await pullOnce(page))
    await page.evaluate(() => dispatchEvent(new Event('offline')))
    const author = writer('reader')
    await page.context().setOffline(true)
    for (let i = 0; i < NEW_POSTS; i++) await stage.client.publish({ ...post(author, nowSeconds() + i) })
    await page.context().setOffline(false)
    const many = await sizesOf(await pullOnce(page))
    await stage.close()
    const rows: Row[] = [
      { what: 'nothing new: answer, head and body', value: nothing.answer, unit: 'B', bound: goalAtMost(250) },
      { what: 'nothing new: request, head and body', value: nothing.request, unit: 'B' },
      { what: 'nothing new: both', value: nothing.answer + nothing.request, unit: 'B' },
      {
        what: `${NEW_POSTS} new posts: body of the answer`,
        value: many.body,
        unit: 'B',
        bound: originalAtMost(ORIGINAL_BYTES_A_POST * NEW_POSTS),
      },
      { what: `${NEW_POSTS} new posts: answer, head and body`, value: many.answer, unit: 'B' },
    ]
    return rows
  },
}

/** Makes the page pull now. */
async function pullOnce(page: Page): Promise<Request> {
  const [request] = await Promise.all([
    page.waitForEvent('requestfinished', request => request.url().endsWith('/req') && isPull(request)),
    page.evaluate(() => void dispatchEvent(new Event('online'))),
  ])
  return request
}

function isPull(request: Request): boolean {
  return request.postData()?.includes('40000') === true
}

async function sizesOf(request: Request) {
  const sizes = await request.sizes()
  return {
    request: sizes.requestHeadersSize + sizes.requestBodySize,
    answer: sizes.responseHeadersSize + sizes.responseBodySize,
    body: sizes.responseBodySize,
  }
}
