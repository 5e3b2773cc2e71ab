/** All tables, in the order in which they are measured. */
import type { Table } from './table.ts'
import { disk } from './tables/disk.ts'
import { idle } from './tables/idle.ts'
import { link } from './tables/link.ts'
import { mesh } from './tables/mesh.ts'
import { oneDoor } from './tables/one-door.ts'
import { packageTable } from './tables/package.ts'
import { processes } from './tables/processes.ts'
import { publish } from './tables/publish.ts'
import { pull } from './tables/pull.ts'
import { signatures } from './tables/signatures.ts'
import { sizes } from './tables/sizes.ts'

export const TABLES: readonly Table[] = [
  signatures,
  oneDoor,
  sizes,
  link,
  publish,
  pull,
  packageTable,
  disk,
  processes,
  mesh,
  idle,
]
