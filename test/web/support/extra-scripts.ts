/** How much script the page loads beside that of its first screen, read from the built files. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/**
 * @param directory of the built page
 * @param entries beginnings of the names of scripts that are loaded, with all that they import
 * @returns bytes as gzip
 */
export function extraScriptBytes(directory: string, entries: readonly string[]): number {
  const assets = join(directory, 'assets')
  const names = readdirSync(assets).filter(name => name.endsWith('.js'))
  const first = /assets\/([^"]+\.js)/.exec(readFileSync(join(directory, 'index.html'), 'utf8'))?.[1]
  if (first === undefined) throw new Error('the page has no script')
  const loaded = new Set<string>()
  const load = (name: string): void => {
    if (loaded.has(name)) return
    loaded.add(name)
    const text = readFileSync(join(assets, name), 'utf8')
    for (const [, imported] of text.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+\.js)["']/g)) load(imported!)
  }
  load(first)
  const before = new Set(loaded)
  for (const entry of entries) {
    const name = names.find(candidate => candidate.startsWith(`${entry}-`))
    if (name === undefined) throw new Error(`there is no script ${entry}`)
    load(name)
  }
  const extra = [...loaded].filter(name => !before.has(name))
  return extra.reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name)), { level: 9 }).length, 0)
}

/** What is loaded when the node is away; the last one where it has moved on to other public nodes. */
export const AWAY_SCRIPTS = ['overlay', 'where'] as const
