/** The files of the page, as the app serves them (rest-api.md, R12). */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it } from 'vitest'
import { openWebFiles, type WebFiles } from '../../../src/api/web-files.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { temporaryDirectory } from '../../support/test-node.ts'

const PAGE = '<!doctype html><title>page</title>'
const SCRIPT = 'console.log("page")'

describe('the files of the page', () => {
  const cleanUp = useCleanUp()
  let directory: string
  let files: WebFiles

  beforeEach(async () => {
    directory = await temporaryDirectory(cleanUp)
    await mkdir(join(directory, 'assets'))
    await writeFile(join(directory, 'index.html'), PAGE)
    await writeFile(join(directory, 'assets/index-abc.js'), SCRIPT)
    await writeFile(join(directory, 'assets/index-abc.js.gz'), gzipSync(SCRIPT))
    await writeFile(join(directory, 'secret.key'), 'not of the page')
    files = openWebFiles(directory)!
  })

  it('R12.2: are a closed list of known types', async () => {
    expect([...files.paths].sort()).toEqual(['/assets/index-abc.js', '/index.html'])
    for (const path of ['/secret.key', '/assets/../secret.key', '/../package.json', '/assets', '', '/nothing.js']) {
      expect((await files.serve(path, undefined)).status, path).toBe(404)
    }
  })

  it('R12.2: those with a hash in their name are kept for ever, the others asked for anew', async () => {
    const script = await files.serve('/assets/index-abc.js', undefined)
    expect(script.headers.get('cache-control')).toContain('immutable')
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(await script.text()).toBe(SCRIPT)
    const page = await files.serve('/index.html', undefined)
    expect(page.headers.get('cache-control')).toBe('no-cache')
    expect(await page.text()).toBe(PAGE)
  })

  it('R12.3: are gzip for who accepts it', async () => {
    const packed = await files.serve('/assets/index-abc.js', 'br, gzip')
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(gunzipSync(Buffer.from(await packed.arrayBuffer())).toString()).toBe(SCRIPT)
    const plain = await files.serve('/assets/index-abc.js', 'gzip;q=0')
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(plain.headers.get('vary')).toBe('Accept-Encoding')
  })

  it('R12.4: run no script but their own', async () => {
    const { headers } = await files.serve('/index.html', undefined)
    const policy = headers.get('content-security-policy')!
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("require-trusted-types-for 'script'")
    expect(policy).not.toContain('unsafe')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('R12.5: are none where the page was not built', async () => {
    expect(openWebFiles(join(directory, 'elsewhere'))).toBeUndefined()
    expect(openWebFiles(join(directory, 'assets'))).toBeUndefined()
  })
})
