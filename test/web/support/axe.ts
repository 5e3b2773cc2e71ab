/** axe-core over a page as it stands: no violation of any rule. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** @throws with each rule that is broken and where */
export async function expectNoViolations(page: Page): Promise<void> {
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(SOURCE)
  const results = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run(document))
  const found = results.violations.map(
    ({ id, help, nodes }) => `${id} (${help}): ${nodes.map(node => node.html).join(' ')}`,
  )
  if (found.length > 0) throw new Error(`axe finds on ${page.url()}:\n${found.join('\n')}`)
}

interface Axe {
  run(context: Document): Promise<AxeResults>
}
