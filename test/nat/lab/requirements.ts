/** What this machine needs for test networks. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'

/** Each with the Debian package that brings it. */
const PROGRAMS = {
  ip: 'iproute2',
  ss: 'iproute2',
  nft: 'nftables',
  conntrack: 'conntrack',
  miniupnpd: 'miniupnpd',
  faketime: 'faketime',
} as const

/** Preloaded, it lets the clock of a process be put forward, that of its timers too. */
export const FAKE_TIME_LIBRARY = globSync('/usr/lib/*/faketime/libfaketime.so.1')[0] ?? ''

/** Why test networks cannot be made here, as a sentence; undefined when they can. */
export const WHY_NOT = whyNot()

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'Network namespaces are a thing of Linux.'
  if (process.getuid?.() !== 0) return 'Only root may make network namespaces.'
  const missing = Object.entries(PROGRAMS).filter(([name]) => !isInstalled(name))
  if (missing.length === 0) return mayMakeNamespaces() ? undefined : 'The root of this container may not make them.'
  const names = missing.map(([name]) => name).join(', ')
  return `Not installed: ${names} (Debian: apt-get install ${[...new Set(missing.map(([, of]) => of))].join(' ')}).`
}

function mayMakeNamespaces(): boolean {
  return spawnSync('unshare', ['--net', '--mount', 'nft', 'list', 'ruleset']).status === 0
}

function isInstalled(name: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']
  return folders.some(folder => existsSync(join(folder, name)))
}
