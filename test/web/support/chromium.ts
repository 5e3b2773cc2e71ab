/**
 * The Chromium of the npm package @sparticuz/chromium, unpacked once. The package's own arguments are for its cloud: they
 * switch off what a page must live with (`--disable-web-security`).
 */
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import packaged from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/** Where the package puts the libraries that it brings along for machines that have none. */
const LIBRARIES = join(tmpdir(), 'al2023', 'lib')
/** What says to the package that this is such a machine. */
const SIGN = 'AWS_LAMBDA_JS_RUNTIME'

/** Unpacks it before several processes want it at the same time, with libraries where the machine lacks them. */
export async function prepareChromium(): Promise<void> {
  const path = await packaged.executablePath()
  if (runs(path)) return
  rmSync(path)
  process.env[SIGN] = '24.x'
  await packaged.executablePath()
  delete process.env[SIGN]
  if (!runs(path)) throw new Error(`Chromium does not run on this machine: try ${path} --version`)
}

export function executableOf(): Promise<string> {
  return packaged.executablePath()
}

/**
 * Starts it. CI runs as root, which the sandbox does not take.
 * @param executablePath a program that starts it in another place
 */
export async function launchChromium(executablePath?: string): Promise<Browser> {
  // `*.lan` is this machine under a name that is not trusted, as another machine of a home is to a browser.
  const names = '--host-resolver-rules=MAP *.lan 127.0.0.1'
  return chromium.launch({
    executablePath: executablePath ?? (await executableOf()),
    args: ['--no-sandbox', '--font-render-hinting=none', '--disable-gpu', names],
    headless: true,
    env: environment(),
  })
}

function runs(path: string): boolean {
  try {
    execFileSync(path, ['--version'], { env: environment(), stdio: 'ignore', timeout: 30_000 })
    return true
  } catch {
    return false
  }
}

function environment(): Record<string, string> {
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const all = Object.fromEntries(inherited)
  return existsSync(LIBRARIES) ? { ...all, LD_LIBRARY_PATH: LIBRARIES } : all
}
