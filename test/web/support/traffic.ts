/** Everything that a page sends: requests with their bodies and headers, and frames of its WebSockets. */
import type { Page } from 'playwright-core'

export interface Traffic {
  /** All of it, as text. */
  sent(): string
}

export function watchTraffic(page: Page): Traffic {
  const sent: string[] = []
  page.on('request', request => {
    sent.push(`${request.method()} ${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ''}`)
  })
  page.on('websocket', socket => {
    sent.push(socket.url())
    socket.on('framesent', ({ payload }) => sent.push(payload.toString()))
  })
  return { sent: () => sent.join('\n') }
}
