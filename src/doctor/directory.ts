/** The data directory: there, ours, writable, private, not in use by another node, with room to grow. */
import { shortPath } from '../words/plain-text.ts'
import { type Check, type Finding, fail, pass, warn } from './check.ts'
import type { Examined } from './examined.ts'

const MIB = 1024 * 1024
/** Below this the store cannot even be opened (it writes its log anew). */
const LEAST_FREE_BYTES = 16 * MIB

/** @param homeDir for paths as people write them; @param uid numeric id of the user who asks, if the system has one */
export function directoryCheck(homeDir: string, uid: number | undefined): Check {
  return {
    name: 'data-directory',
    label: 'data directory',
    look(examined) {
      const { dataDir } = examined.config
      const { state, ownerUid, freeBytes, storeBytes, hasStore, exposedFiles } = examined.directory
      const details = { path: dataDir, state, ownerUid, freeBytes, storeBytes, hasStore, exposedFiles }
      const path = shortPath(dataDir, homeDir)
      return [{ ...(fault(examined, path, uid) ?? spaceOf(examined, path)), details }]
    },
  }
}

function fault(
  { config, directory, store, own }: Examined,
  path: string,
  uid: number | undefined,
): Finding | undefined {
  const { state, isWritable, ownerUid, unusableFiles, exposedFiles, node, nodeKey } = directory
  if (state === 'not-a-directory') return fail(`${path} is not a directory`, 'Give another one with --data-dir.')
  if (state === 'unreadable' || !isWritable) {
    const who = state === 'missing' ? 'cannot be made' : state === 'unreadable' ? 'cannot be read' : 'cannot be written'
    return fail(`${path} ${who}`, 'Change its permissions, or give a folder of your own with --data-dir.')
  }
  const [unusable] = unusableFiles
  if (unusable !== undefined) {
    const advice = `Give the files to the user who runs the node: sudo chown -R <user> ${config.dataDir}`
    return fail(`${unusable} cannot be read and written by this user`, advice)
  }
  const [exposed] = exposedFiles
  if (exposed !== undefined) {
    return fail(`${exposed} can be read by other users of this machine`, `Run: chmod 600 ${exposedFiles.join(' ')}`)
  }
  if (nodeKey !== undefined && node === undefined) {
    const advice = 'Restore it from a backup, or remove it: the node gets a new key and needs a new binding then.'
    return fail(`the file "node.key" in ${path} holds no key`, advice)
  }
  if (store.state === 'unusable') {
    const [what = '', ...todo] = store.reason.split(/(?<=\.) /)
    return fail(`${what.charAt(0).toLowerCase()}${what.slice(1, -1)}`, todo.join(' '))
  }
  if (store.state === 'in-use' && own === undefined) {
    const advice =
      'One node per data directory: run doctor with the -l of that node, or stop it, or give another --data-dir.'
    return fail(`the store in ${path} is in use by another process`, advice)
  }
  if (uid !== undefined && ownerUid !== undefined && ownerUid !== uid) {
    const advice = 'Run the node as that user, always: files made by another one would lock the first one out.'
    return warn(`${path} belongs to another user (id ${ownerUid}; you are ${uid})`, advice)
  }
  return undefined
}

function spaceOf({ config, directory }: Examined, path: string): Finding {
  const { state, freeBytes, storeBytes } = directory
  const free = `${sizeWords(freeBytes)} free`
  if (freeBytes < LEAST_FREE_BYTES) {
    return fail(`only ${free} for ${path}`, 'Free some space, or give a folder on another disk with --data-dir.')
  }
  const toGrow = config.maxBytes - storeBytes
  if (freeBytes < toGrow) {
    const advice = `Free some space, or let the node keep less: --max-store-mb ${Math.max(8, Math.floor((storeBytes + freeBytes / 2) / MIB))}`
    return warn(`${free} for ${path}, which may grow by ${sizeWords(toGrow)}`, advice)
  }
  return pass(state === 'missing' ? `will be made at the first start: ${path}` : `${free} in ${path}`)
}

function sizeWords(bytes: number): string {
  return bytes >= 1024 * MIB ? `${(bytes / 1024 / MIB).toFixed(1)} GB` : `${Math.floor(bytes / MIB)} MB`
}
