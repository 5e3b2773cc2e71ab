/** The verifier's worker thread: a batch of checks in, one byte per check out, until it is told to end. */
import { parentPort, workerData } from 'node:worker_threads'
import { createChecker } from './checker.ts'
import { CHECK_BYTES } from './wasm.ts'

const { check } = createChecker((workerData as { library: string | undefined }).library)

parentPort?.on('message', (checks: Uint8Array | 'end') => {
  if (checks === 'end') {
    parentPort?.close()
    return
  }
  const results = new Uint8Array(checks.length / CHECK_BYTES)
  for (let i = 0; i < results.length; i++) {
    results[i] = check(checks.subarray(i * CHECK_BYTES, (i + 1) * CHECK_BYTES)) ? 1 : 0
  }
  parentPort?.postMessage(results)
})
