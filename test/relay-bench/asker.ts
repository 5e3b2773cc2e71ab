/**
 * Asks one question after another, in a thread of its own: the sample events would make the collections of this side so
 * long that they were taken for the relay's answers.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { connect } from './connection.ts'

/** What the thread is given; it answers with the milliseconds that each question took. */
export interface Asking {
  readonly url: string
  readonly filters: readonly object[]
  /** Of the first filters, which are not measured. */
  readonly warmUp: number
  /** Events of one answer, if that is known: an answer with fewer is a wrong one. */
  readonly wanted: number | undefined
  /** After so many milliseconds there is an end, whatever is left. */
  readonly longestMs: number
}

const FEW = 20

async function ask({ url, filters, warmUp, wanted, longestMs }: Asking): Promise<number[]> {
  const connection = await connect(url)
  const tookMs: number[] = []
  const startMs = performance.now()
  for (const [round, filter] of filters.entries()) {
    const sentMs = performance.now()
    const count = await connection.ask(filter)
    if (wanted !== undefined && count !== wanted) throw new Error(`${count} events came where ${wanted} are right`)
    if (round >= warmUp) tookMs.push(performance.now() - sentMs)
    if (performance.now() - startMs > longestMs && tookMs.length > FEW) break
  }
  await connection.close()
  return tookMs
}

parentPort?.postMessage(await ask(workerData as Asking))
