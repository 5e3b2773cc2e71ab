/** `pair`: the running node makes a code that lets one more device in, and this draws it (specification/away.md, W2 and W3). */
import { clockTime } from '../words/plain-text.ts'
import { call, clientUrl, hiding, isFailed } from './node-call.ts'
import { isOn, type Settings, textOf } from './parse.ts'
import { loadQrCode } from './qr-code.ts'
import { pathOf } from './server-config.ts'
import { EXIT, isMisuse, type Misuse, type Surroundings } from './surroundings.ts'

export async function pair(settings: Settings, surroundings: Surroundings): Promise<number | Misuse> {
  const url = clientUrl(textOf(settings, 'url'))
  if (isMisuse(url)) return url
  const { out, err, signal } = surroundings
  const given = textOf(settings, 'data-dir')
  const dataDir = given === undefined ? undefined : pathOf(given, surroundings)
  const page = textOf(settings, 'page')
  const headers = { 'Content-Type': 'application/json' }
  const made = await call({ url, dataDir, signal }, '/pairing', {
    method: 'POST',
    headers,
    body: JSON.stringify({ page }),
  })
  if (isFailed(made)) {
    err.write(`${made.failed}\n`)
    return EXIT.failed
  }
  const { code, expires, url: opens } = made
  if (typeof code !== 'string' || typeof expires !== 'string' || !(opens === null || typeof opens === 'string')) {
    err.write(`What answers at ${hiding(url)} is not a node of nostrp2p, or one of an older version.\n`)
    return EXIT.failed
  }
  if (isOn(settings.get('json'))) out.write(`${JSON.stringify(made)}\n`)
  else out.write(await words({ code, opens, until: clockTime(Date.parse(expires)), isTerminal: out.isTerminal }))
  return EXIT.ok
}

interface Shown {
  readonly code: string
  /** The URL that opens the page with the code; null where the node knows no page that others could open. */
  readonly opens: string | null
  /** Time of day. */
  readonly until: string
  readonly isTerminal: boolean
}

async function words({ code, opens, until, isTerminal }: Shown): Promise<string> {
  const ends = `It lets one device in, until ${until}. Whoever has it can read and post as you: show it to nobody else.`
  // What is piped on is the code alone.
  if (!isTerminal) return `${opens ?? code}\n`
  const qrCode = (await loadQrCode())(opens ?? code)
  const how =
    opens === null
      ? 'Open the page on the device and scan this there, or give it the text below (also to "nostrp2p connect"):'
      : 'Scan this with the camera of the device, or give its page the text below (also to "nostrp2p connect"):'
  return `${how}\n\n${qrCode}\n${code}\n\n${ends}\n`
}
