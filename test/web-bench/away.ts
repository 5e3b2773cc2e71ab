/** How much script being away from home takes. */
import { resolve } from 'node:path'
import { buildWeb } from '../../scripts/build-web.ts'
import { goalAtMost, type Table } from '../bench/table.ts'
import { AWAY_SCRIPTS, extraScriptBytes } from '../web/support/extra-scripts.ts'

const BUILT = resolve(import.meta.dirname, '../../dist/web')

export const away: Table = {
  name: 'web-away',
  title: 'Script that is loaded when the node is away',
  how: 'The built page: libp2p and all that is loaded with it, as gzip, beside the script of the first screen.',
  async measure() {
    await buildWeb(BUILT)
    const [usual] = AWAY_SCRIPTS
    return [
      {
        what: 'node found at the public nodes that were kept, gzip',
        value: extraScriptBytes(BUILT, [usual]),
        unit: 'B',
      },
      {
        what: 'node moved on to other public nodes, gzip',
        value: extraScriptBytes(BUILT, AWAY_SCRIPTS),
        unit: 'B',
        bound: goalAtMost(150_000),
      },
    ]
  },
}
