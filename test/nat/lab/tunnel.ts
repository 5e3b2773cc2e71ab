/** `fetch` for clients that live in a namespace: over the insider's Unix socket to the node's loopback. */
import { Agent, request } from 'node:http'
import type { Namespace } from './namespace.ts'

const ANSWER_MS = 10_000

export function tunnelFetch(space: Namespace): typeof fetch {
  return async (input, init = {}) => {
    const insider = await space.insider()
    const url = new URL(String(input))
    const agent = new Agent()
    agent.createConnection = () => insider.connect(Number(url.port))
    const { method = 'GET', headers, body } = init
    return new Promise((resolve, reject) => {
      const options = { agent, method, headers: headers as Record<string, string>, timeout: ANSWER_MS }
      const sent = request(url, options, response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () => {
          const fields = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const)
          resolve(
            new Response(Buffer.concat(chunks), {
              status: response.statusCode!,
              headers: fields.map(pair => [...pair]),
            }),
          )
        })
      })
      sent.once('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_MS} ms`)))
      sent.once('error', reject)
      sent.end(body as string | undefined)
    })
  }
}
