/** `@nostr-relay/core` with its SQLite store as a process: `rival.ts <file> <port>`; or `rival.ts <file> fill <events>`. */
import { readFileSync } from 'node:fs'
import { type Event, LogLevel } from '@nostr-relay/common'
import { NostrRelay } from '@nostr-relay/core'
import { EventRepositorySqlite } from '@nostr-relay/event-repository-sqlite'
import { Validator } from '@nostr-relay/validator'
import { type RawData, WebSocketServer } from 'ws'
import { openSqlite } from './sqlite.ts'

const [file, task, events] = process.argv.slice(2)
const database = openSqlite(file!)
const repository = new EventRepositorySqlite(
  database as unknown as ConstructorParameters<typeof EventRepositorySqlite>[0] & object,
)
await repository.init()
if (task === 'fill') await fill(readFileSync(events!, 'utf8').split('\n'))
else serve(Number(task))

/** As the project's own documentation does it, but for the number of subscriptions, which is 20. */
function serve(port: number): void {
  const relay = new NostrRelay(repository, { logLevel: LogLevel.ERROR, maxSubscriptionsPerClient: 100_000 })
  const validator = new Validator()
  const server = new WebSocketServer({ port, host: '127.0.0.1' })
  server.on('connection', socket => {
    relay.handleConnection(socket)
    socket.on('message', (data: RawData) => {
      validator.validateIncomingMessage(data as Buffer).then(
        message => relay.handleMessage(socket, message),
        (error: Error) => socket.send(JSON.stringify(['NOTICE', error.message])),
      )
    })
    socket.on('close', () => relay.handleDisconnect(socket))
    socket.on('error', () => {})
  })
  server.on('listening', () => process.send?.('listening'))
}

/** Without a sync for each: what is measured is what comes after. */
async function fill(lines: readonly string[]): Promise<void> {
  database.exec('PRAGMA synchronous = OFF')
  for (const line of lines) await repository.upsert(JSON.parse(line) as Event)
  await repository.destroy()
}
