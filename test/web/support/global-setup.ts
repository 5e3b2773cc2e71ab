/** The page as it is in the source now, for every test that opens it. */
import { resolve } from 'node:path'
import { buildWeb } from '../../../scripts/build-web.ts'

export async function setup(): Promise<void> {
  await buildWeb(resolve(import.meta.dirname, '../../../dist/web'))
}
