import { buildPackage, startNodeProcess } from '../node-process.ts'
import { post, writer } from '../posts.ts'
import { connectClient, type RawClient, type RawResponse } from '../raw-client.ts'
import { rateOfParallel } from '../statistics.ts'
import { goalAtMost, originalAtLeast, originalAtMost, type Row, type Table } from '../table.ts'

/** New posts in a pull → what the original answered with (bytes of the body), and how often a second. */
const ORIGINAL: readonly { posts: number; plain: number; gzip: number; perSecond: number }[] = [
  { posts: 0, plain: 7, gzip: 36, perSecond: 12_900 },
  { posts: 1, plain: 340, gzip: 371, perSecond: 10_500 },
  { posts: 10, plain: 3_337, gzip: 2_079, perSecond: 6_400 },
  { posts: 100, plain: 33_309, gzip: 16_804, perSecond: 2_000 },
]
const ALL = 100
const GZIP = 'accept-encoding: gzip\r\n'

export const pull: Table = {
  name: 'pull',
  title: 'POST /req, a pull with so many new posts',
  how: 'The built package as a process; one keep-alive connection; posts of 140 characters; the wire counts the head of the answer too, with gzip where the client accepts it.',
  async measure(run) {
    await buildPackage(run)
    const owner = writer('puller')
    const { workspace } = run
    const node = await startNodeProcess(workspace, { owner: owner.pubkey, dataDir: workspace.folder('node') })
    const client = await connectClient(node.clientPort)
    const cursors = await cursorsBeforeLast(client, i => JSON.stringify(post(owner, i)))
    const rows: Row[] = []
    for (const { posts, plain, gzip, perSecond } of ORIGINAL) {
      run.progress(`${posts} new posts`)
      const body = pullBody(cursors.get(posts))
      const plainAnswer = await request(client, body)
      const packed = await request(client, body, GZIP)
      const rounds = (run.quick ? 1 : 4) * (posts === ALL ? 500 : 2_000)
      await rateOfParallel(rounds / 4, 1, async () => void (await request(client, body)))
      const rate = await rateOfParallel(rounds, 1, async () => void (await request(client, body)))
      const packedRate = await rateOfParallel(rounds, 1, async () => void (await request(client, body, GZIP)))
      const onWire = packed.head.length + packed.body.length
      rows.push(
        { what: `${posts} new: pulls`, value: rate, unit: '/s', bound: originalAtLeast(perSecond) },
        { what: `${posts} new: pulls with gzip`, value: packedRate, unit: '/s' },
        { what: `${posts} new: body`, value: plainAnswer.body.length, unit: 'B', bound: originalAtMost(plain) },
        { what: `${posts} new: body with gzip`, value: packed.body.length, unit: 'B', bound: originalAtMost(gzip) },
        {
          what: `${posts} new: on the wire`,
          value: onWire,
          unit: 'B',
          bound: posts === 0 ? goalAtMost(250) : undefined,
        },
      )
    }
    client.close()
    await node.stop()
    return rows
  },
}

/** Publishes 100 posts; number of posts → the cursor that has so many behind it. */
async function cursorsBeforeLast(client: RawClient, body: (i: number) => string): Promise<Map<number, string>> {
  const cursors = new Map<number, string>()
  for (let i = 0; i <= ALL; i++) {
    const { head } = await request(client, pullBody(cursors.get(ALL - i + 1)))
    cursors.set(ALL - i, /^nostrp2p-cursor: *(\S+)/im.exec(head)![1]!)
    if (i === ALL) break
    const { status } = await client.request('POST', '/publish', body(i))
    if (status !== 200) throw new Error(`a post was answered with ${status}`)
  }
  return cursors
}

function pullBody(cursor: string | undefined): string {
  return JSON.stringify(cursor === undefined ? { kinds: [40_000], limit: 1 } : { kinds: [40_000], cursor })
}

async function request(client: RawClient, body: string, headers = ''): Promise<RawResponse> {
  const response = await client.request('POST', '/req', body, headers)
  if (response.status !== 200) throw new Error(`a pull was answered with ${response.status}`)
  return response
}
