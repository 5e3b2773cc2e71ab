/** Where a node keeps its things: one folder for each owner in the platform's data folder. */
import { existsSync, readFileSync } from 'node:fs'
import { join, posix, win32 } from 'node:path'
import { npubOf } from '../event/keys.ts'
import type { Surroundings } from './surroundings.ts'

/** The folder of a node that was started without `-p`. */
const WITHOUT_OWNER = 'default'

/**
 * `<base>/<npub>`, or `<base>/default` without an owner. A node that was claimed in `default` keeps living there when
 * it is started with `-p` of the same owner.
 * @param owner the owner's public key in hex, if `-p` gave one
 */
export function defaultDataDir(
  owner: string | undefined,
  { platform, env, homeDir }: Pick<Surroundings, 'platform' | 'env' | 'homeDir'>,
): string {
  const base = dataFolder(platform, env, homeDir)
  const shared = join(base, WITHOUT_OWNER)
  if (owner === undefined) return shared
  const npub = npubOf(owner)
  const own = join(base, npub)
  return !existsSync(own) && ownerOf(shared) === npub ? shared : own
}

/** The platform's folder for the data of programs, with ours in it. */
export function dataFolder(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  homeDir: string,
): string {
  if (platform === 'darwin') return posix.join(homeDir, 'Library', 'Application Support', 'nostrp2p')
  if (platform === 'win32') {
    return win32.join(env.LOCALAPPDATA || win32.join(homeDir, 'AppData', 'Local'), 'nostrp2p')
  }
  // The XDG specification says to ignore a relative path.
  const xdg = env.XDG_DATA_HOME ?? ''
  return posix.join(posix.isAbsolute(xdg) ? xdg : posix.join(homeDir, '.local', 'share'), 'nostrp2p')
}

/** The npub in the directory's `owner` file; undefined when there is none that can be read. */
function ownerOf(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, 'owner'), 'utf8').trim()
  } catch {
    return undefined
  }
}
