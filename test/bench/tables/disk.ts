import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fillDirectory } from '../filled-store.ts'
import { post, writer } from '../posts.ts'
import { goalAtMost, originalAtMost, type Table } from '../table.ts'

export const disk: Table = {
  name: 'disk',
  title: 'Disk per stored post',
  how: "The owner's own posts of 140 characters with all indexes, each durable, pending and then sent; all files of the store after it was closed.",
  async measure(run) {
    const count = run.quick ? 5_000 : 20_000
    const dataDir = run.workspace.folder('disk')
    const owner = writer('keeper')
    run.progress(`${count} posts`)
    await fillDirectory({ dataDir, count, authors: [owner.pubkey], durable: true })
    const perPost = folderBytes(dataDir) / count
    return [
      { what: `disk, of ${count.toLocaleString('en-US')} posts`, value: perPost, unit: 'B', bound: goalAtMost(600) },
      { what: 'the same against the original', value: perPost, unit: 'B', bound: originalAtMost(880) },
      { what: 'the post as JSON', value: JSON.stringify(post(owner, 1)).length, unit: 'B' },
    ]
  },
}

function folderBytes(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size
  }
  return bytes
}
