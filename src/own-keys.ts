/** The node's own key and its owner's, as the data directory keeps them. */
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import type { Config } from './config.ts'
import { npubOf, parsePublicKey } from './event/keys.ts'
import { isRejection } from './event/rejection.ts'
import { StartError } from './start-error.ts'
import type { DataDirectory } from './store/data-directory.ts'

/** The node's own key, made at the first start. Throws `StartError` when the file holds none. */
export async function nodeKey(directory: DataDirectory, { dataDir }: Config): Promise<PrivateKey> {
  const bytes = await directory.nodeKey(async () => privateKeyToProtobuf(await generateKeyPair('Ed25519')))
  try {
    return privateKeyFromProtobuf(bytes)
  } catch (error) {
    const sentence = `The file "node.key" in ${dataDir} holds no key. Restore it from a backup, or remove it: the node gets a new one and needs a new binding then.`
    throw new StartError(sentence, { cause: error })
  }
}

/** The owner by `-p`, which must be the one that the directory belongs to, or the directory's. Throws `StartError`. */
export async function agreedOwner(directory: DataDirectory, config: Config): Promise<string | undefined> {
  const kept = await directory.owner()
  if (kept === undefined) {
    if (config.owner !== undefined) await directory.keepOwner(npubOf(config.owner))
    return config.owner
  }
  const owner = parsePublicKey(kept)
  if (isRejection(owner)) {
    throw new StartError(`The file "owner" in ${config.dataDir} holds no public key. Restore it from a backup.`)
  }
  if (config.owner === undefined || config.owner === owner) return owner
  throw new StartError(
    `${config.dataDir} belongs to ${kept}, not to ${npubOf(config.owner)}. Give each owner a folder with --data-dir.`,
  )
}
