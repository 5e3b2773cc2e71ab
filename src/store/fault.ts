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
