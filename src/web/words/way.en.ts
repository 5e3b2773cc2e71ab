/** Texts of how far something got. */
export const way = {
  saved: (time: string) => `Saved on your node at ${time}`,
  passed: (nodes: string, time: string) =>
    nodes === '1' ? `Passed to 1 node at ${time}` : `Passed to ${nodes} nodes at ${time}`,
  nobodyThere: 'Waits for another node to connect',
  delivered: (name: string, time: string) => `${name}'s node has it since ${time}`,
  waiting: (name: string) => `${name}'s node is away`,
  waitingUntil: (name: string, time: string) => `${name}'s node is away, next try at ${time} or when it returns`,
  givenUp: (name: string, time: string) => `Given up at ${time}: ${name}'s node did not return`,
}
