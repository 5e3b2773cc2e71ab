/** CPU time of this thread in milliseconds: what others do on the machine does not count, waiting neither. */
export function cpuTimeMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
