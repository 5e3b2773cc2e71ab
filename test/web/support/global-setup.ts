/** The page as it is in the source now, and the browser that the tests open it with. */
import { resolve } from 'node:path'
import { buildWeb } from '../../../scripts/build-web.ts'
import { prepareChromium } from './chromium.ts'

export async function setup(): Promise<void> {
  await buildWeb(resolve(import.meta.dirname, '../../../dist/web'))
  await prepareChromium()
}
