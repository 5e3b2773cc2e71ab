/** Why a store cannot be opened, in words for the person who started the node. */

/**
 * `locked`: another process has it. `unwritable`: no permission, no space, no directory. `corrupt`: damaged beyond
 * repair. `newer`: written by a later version of the program.
 */
export type StoreFault = 'locked' | 'unwritable' | 'corrupt' | 'newer'

export class StoreUnusable extends Error {
  readonly fault: StoreFault

  constructor(fault: StoreFault, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StoreUnusable'
    this.fault = fault
  }
}

/** What a running store's disk can do to it. */
export type DiskFault = 'full' | 'failing'

/** Which fault of the disk made the store throw this, however deep the system's word is wrapped; undefined for a bug. */
export function diskFaultOf(error: unknown): DiskFault | undefined {
  let isFailing = false
  for (let next = error, depth = 0; next instanceof Error && depth < 5; next = next.cause, depth++) {
    const code = 'code' in next && typeof next.code === 'string' ? next.code : ''
    // LevelDB passes on the system's text and not its code.
    if (FULL_CODES.has(code) || FULL_TEXT.test(next.message)) return 'full'
    isFailing ||= FAILING_CODES.has(code)
  }
  return isFailing ? 'failing' : undefined
}

const FULL_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])
const FULL_TEXT = /no space left on device|quota exceeded|not enough space on the disk/i
const FAILING_CODES: ReadonlySet<string> = new Set([
  'LEVEL_IO_ERROR',
  'LEVEL_CORRUPTION',
  'LEVEL_DATABASE_NOT_OPEN',
  'EIO',
  'EROFS',
  'EACCES',
  'ENOENT',
])
