/** The verifier's worker thread: a batch of checks in, one byte per check out. */
import { parentPort } from 'node:worker_threads'
import { CHECK_BYTES, checkBytes } from './wasm.ts'

parentPort?.on('message', (checks: Uint8Array) => {
  const results = new Uint8Array(checks.length / CHECK_BYTES)
  for (let i = 0; i < results.length; i++) {
    results[i] = checkBytes(checks.subarray(i * CHECK_BYTES, (i + 1) * CHECK_BYTES)) ? 1 : 0
  }
  parentPort?.postMessage(results)
})
