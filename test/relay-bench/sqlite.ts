/**
 * As much of better-sqlite3 as the rival's SQLite store uses, over Node's own SQLite: the package itself is a native
 * module that npm's registry does not bring.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

interface Statement {
  readonly reader: boolean
  all(values?: readonly SQLInputValue[]): unknown[]
  get(...values: readonly SQLInputValue[]): unknown
  run(...values: readonly (SQLInputValue | readonly SQLInputValue[])[]): unknown
}

export interface SqliteLike {
  prepare(sql: string): Statement
  exec(sql: string): void
  transaction(task: () => void): () => void
  close(): void
}

/** WAL and no sync at a commit's end but as SQLite does by itself, as the store opens better-sqlite3. */
export function openSqlite(file: string): SqliteLike {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL')
  return {
    prepare: sql => statement(database.prepare(sql)),
    exec: sql => database.exec(sql),
    transaction: task => () => {
      database.exec('BEGIN')
      task()
      database.exec('COMMIT')
    },
    close: () => database.close(),
  }
}

function statement(prepared: StatementSync): Statement {
  return {
    reader: prepared.columns().length > 0,
    all: (values = []) => prepared.all(...values),
    get: (...values) => prepared.get(...values),
    run: (...values) => prepared.run(...(values.flat() as SQLInputValue[])),
  }
}
