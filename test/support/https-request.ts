/** `fetch` that trusts one certificate: the built-in one takes its authorities from the environment alone. */
import { request } from 'node:https'

export function httpsFetch(ca: string): typeof fetch {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const { method = 'GET', headers, body, signal } = init
      const options = { method, ca, headers: headers as Record<string, string>, signal: signal ?? undefined }
      const sent = request(String(input), options, response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () => {
          const fields = Object.entries(response.headers).map(([name, value]): [string, string] => [
            name,
            String(value),
          ])
          resolve(new Response(Buffer.concat(chunks), { status: response.statusCode, headers: fields }))
        })
      })
      sent.once('error', reject)
      sent.end(body as string | undefined)
    })
}
