/** Says before the tests of the test network why they are skipped, if they are. */
import { WHY_NOT } from './lab/requirements.ts'

export function setup(): void {
  if (WHY_NOT !== undefined) console.warn(`The scenarios of test/nat are SKIPPED. ${WHY_NOT}`)
}
