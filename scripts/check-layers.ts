/**
 * Fails when the source does not hold to its own rules: imports point one way, no cycles, no file too long, the process
 * is touched at its edge only, and the flags of the README are those of the program.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, resolve } from 'node:path'
import { environmentName, FLAGS } from '../src/cli/flags.ts'

const ROOT = resolve(import.meta.dirname, '..')
const MAX_LINES = 400

/** Files right in `src` that know nothing of the rest. */
const GROUND = ['config', 'ip-address', 'version']

/** A layer is a folder of `src` or a file right in it. What each may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  launch: ['main'],
  main: ['cli', 'observe'],
  cli: ['node', 'connect', 'diagnose', 'doctor', 'words', ...GROUND, 'flow', 'wire', 'event', 'observe'],
  node: [
    'own-keys',
    'away',
    'doors',
    'start-error',
    ...GROUND,
    'api',
    'overlay',
    'relay',
    'flow',
    'store',
    'verifier',
    'doctor',
    'words',
    'push',
    'wire',
    'event',
    'observe',
  ],
  diagnose: ['overlay', 'flow', 'store', 'wire', 'event', 'observe', ...GROUND],
  connect: ['overlay', 'store', 'wire', 'event', 'observe', ...GROUND],
  doctor: ['diagnose', 'words', 'flow', 'wire', 'event', 'observe', ...GROUND],
  words: ['flow', 'wire', 'event', 'observe'],
  push: ['flow', 'store', 'words', 'wire', 'event', 'observe', ...GROUND],
  'own-keys': ['start-error', 'store', 'event', ...GROUND],
  away: ['api', 'flow', 'overlay', 'wire', 'observe', ...GROUND],
  doors: ['api', 'overlay', 'store', 'observe', ...GROUND],
  'start-error': ['api', 'overlay', 'store', 'event', 'observe', ...GROUND],
  api: [...GROUND, 'flow', 'words', 'store', 'wire', 'event', 'observe'],
  relay: [...GROUND, 'flow', 'store', 'wire', 'event', 'observe'],
  overlay: [...GROUND, 'store', 'wire', 'event', 'observe'],
  flow: [...GROUND, 'store', 'verifier', 'wire', 'event', 'observe'],
  verifier: ['event', 'observe'],
  store: [...GROUND, 'wire', 'event', 'observe'],
  observe: ['event'],
  web: ['wire', 'event'],
  wire: ['event'],
  event: [],
  config: [],
  'ip-address': [],
  version: [],
}

/** The same inside of `src/web`. */
const WEB_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  main: ['view', 'state', 'route', 'trusted', 'words'],
  view: ['state', 'way', 'node', 'key', 'keep', 'text', 'route', 'words'],
  state: ['way', 'node', 'key', 'keep', 'text', 'route', 'words'],
  way: ['node', 'keep'],
  key: ['node', 'keep', 'words'],
  node: ['words'],
  'service-worker': ['keep', 'words'],
  keep: [],
  text: [],
  route: [],
  trusted: [],
  words: [],
}
/** How the page is built, not a part of it. */
const WEB_CONFIG = 'src/web/vite.config.ts'

/** Packages that stay in their own layers: the story is told without them. */
const PACKAGE_HOMES: readonly { readonly packages: RegExp; readonly layers: readonly string[] }[] = [
  { packages: /^(hono|@hono\/)/, layers: ['api', 'relay', 'node'] },
  // In the page it is loaded when the node is away.
  { packages: /^(libp2p$|@libp2p\/)/, layers: ['overlay', 'node', 'diagnose', 'own-keys', 'web'] },
  { packages: /^(level|classic-level|abstract-level|memory-level)$/, layers: ['store'] },
  // The browser uses these folders too.
  { packages: /^node:/, layers: Object.keys(MAY_IMPORT).filter(layer => !['event', 'wire', 'web'].includes(layer)) },
]

/** Where the process may be touched. */
const PROCESS_EDGE = /^src\/(main\.ts|cli\/)/

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** What is wrong, as sentences; empty when all is well. */
export function findings(files: readonly SourceFile[], readme: string | undefined): string[] {
  const sources = files.filter(({ path }) => path.startsWith('src/'))
  return [
    ...sources.flatMap(checkArrows),
    ...findCycles(sources),
    ...files.flatMap(checkFile),
    ...(readme === undefined ? [] : checkFlags(readme)),
  ]
}

const IMPORT =
  /^[ \t]*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^[ \t]*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm

/** Module names of static, type-only and dynamic imports. */
export function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  return [...code.matchAll(IMPORT)].map(match => (match[1] ?? match[2] ?? match[3])!)
}

function checkArrows({ path, text }: SourceFile): string[] {
  const from = layerOf(path)
  if (from === undefined || MAY_IMPORT[from] === undefined) return [`${path}: is in no known layer.`]
  if (path === WEB_CONFIG) return []
  return importsOf(text).flatMap(name => {
    if (from === 'web' && name.startsWith('.')) {
      const fault = checkWebArrow(path, targetOf(path, name))
      if (fault !== undefined) return [fault]
    }
    if (!name.startsWith('.')) {
      const home = PACKAGE_HOMES.find(({ packages }) => packages.test(name))
      return home === undefined || home.layers.includes(from) ? [] : [`${path}: ${from} must not know "${name}".`]
    }
    const to = layerOf(targetOf(path, name))
    if (to === undefined || to === from || MAY_IMPORT[from]!.includes(to)) return []
    return [`${path}: ${from} must not import ${to} ("${name}").`]
  })
}

function checkWebArrow(path: string, target: string): string | undefined {
  const from = webPartOf(path)
  const to = webPartOf(target)
  if (from === undefined || WEB_MAY_IMPORT[from] === undefined) return `${path}: is in no known part of src/web.`
  if (to === undefined || to === from || to === 'style' || WEB_MAY_IMPORT[from].includes(to)) return undefined
  return `${path}: ${from} must not import ${to}.`
}

function webPartOf(path: string): string | undefined {
  return /^src\/web\/([^/.]+)/.exec(path)?.[1]
}

function targetOf(path: string, name: string): string {
  return posix.join(posix.dirname(path), name)
}

/** `src/flow/publish.ts` → flow; `src/node.ts` → node; undefined outside of `src`. */
function layerOf(path: string): string | undefined {
  return /^src\/([^/]+?)(?:\.(?:ts|js|tsx))?(?:\/|$)/.exec(path)?.[1]
}

/** Each cycle once, as the files in their order. */
function findCycles(files: readonly SourceFile[]): string[] {
  const edges = new Map(
    files.map(({ path, text }) => [
      path,
      importsOf(text)
        .filter(name => name.startsWith('.'))
        .map(name => targetOf(path, name)),
    ]),
  )
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path)
    if (start !== -1) cycles.push(`import cycle: ${[...trail.slice(start), path].join(' → ')}`)
    if (start !== -1 || done.has(path)) return
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return cycles
}

/** Built from parts, so that this file passes its own check. */
const OUTSIDE = new RegExp(['\\.\\./shar', 'ed\\b|/work/shar', 'ed\\b'].join(''))

function checkFile({ path, text }: SourceFile): string[] {
  const found: string[] = []
  const lines = text.split('\n').length - 1
  if (lines > MAX_LINES && /\.(ts|tsx|js)$/.test(path))
    found.push(`${path}: ${lines} lines; ${MAX_LINES} is the limit.`)
  if (OUTSIDE.test(text)) found.push(`${path}: names a folder outside of the project.`)
  if (path.startsWith('src/') && !PROCESS_EDGE.test(path) && /\bprocess\.(env|argv)\b/.test(text)) {
    found.push(`${path}: reads the environment or the arguments; only main.ts and cli/ may.`)
  }
  return found
}

/** The section `## Flags` of the README names every flag and variable of the table, and no other. */
export function checkFlags(readme: string): string[] {
  const section = /^## Flags\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(readme)?.[1]
  if (section === undefined) return []
  const known = new Set(
    FLAGS.flatMap(flag => [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])]),
  )
  const variables = new Set(FLAGS.flatMap(flag => environmentName(flag) ?? []))
  const named = new Set(section.match(/(?<![\w-])--?[a-zA-Z][a-z-]*/g) ?? [])
  const namedVariables = new Set(section.match(/NOSTRP2P_[A-Z_]*[A-Z]/g) ?? [])
  return [
    ...[...named].filter(name => !known.has(name)).map(name => `README.md: there is no flag ${name}.`),
    ...FLAGS.filter(flag => !named.has(`--${flag.name}`)).map(
      flag => `README.md: ## Flags does not name --${flag.name}.`,
    ),
    ...[...namedVariables].filter(name => !variables.has(name)).map(name => `README.md: there is no variable ${name}.`),
  ]
}

function readSources(): SourceFile[] {
  const patterns = [
    'src/**/*.{ts,tsx,js}',
    'scripts/**/*.{ts,json}',
    'test/**/*.{ts,json}',
    'specification/**/*.md',
    '*.{md,json}',
  ]
  return globSync(patterns, { cwd: ROOT, exclude: ['node_modules/**', 'package-lock.json'] })
    .filter(path => !path.endsWith('.d.ts'))
    .sort()
    .map(path => ({
      path: relative(ROOT, join(ROOT, path)).replaceAll('\\', '/'),
      text: readFileSync(join(ROOT, path), 'utf8'),
    }))
}

if (import.meta.main) {
  const files = readSources()
  const readme = join(ROOT, 'README.md')
  const found = findings(files, existsSync(readme) ? readFileSync(readme, 'utf8') : undefined)
  for (const sentence of found) console.error(sentence)
  const checked = files.filter(({ path }) => dirname(path) !== '.').length
  console.log(
    found.length === 0 ? `layers: ${checked} files checked, nothing found` : `layers: ${found.length} findings`,
  )
  process.exitCode = found.length === 0 ? 0 : 1
}
