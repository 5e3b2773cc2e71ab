/** One after another: two changes of one list at once would each undo the other. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/** What is given begins when what was given before has ended, well or not. */
export function createInTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const next = last.then(work, work)
    last = next
    return next
  }
}
