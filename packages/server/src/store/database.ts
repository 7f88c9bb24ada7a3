// Opens the database: SQLite inside this process (the default) or PostgreSQL. Both give every integer back as a bigint,
// because ids are 64-bit and a JavaScript number would round them.
import { chmodSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, PostgresDialect, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { MIGRATIONS } from './migrations/index.ts';
import type { Schema } from './schema.ts';

export type Database = Kysely<Schema>;

/** Where the rows live: a file of SQLite, or the connection string of a PostgreSQL. */
export type DatabaseLocation = { readonly file: string } | { readonly url: string };

/** How many prepared statements a SQLite connection keeps. */
const STATEMENT_CACHE_SIZE = 200;
/** How long a SQLite connection waits for another process, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/** How long, in milliseconds, a change that another process made may go unseen by what is kept in memory. */
const OTHERS_CHANGES_MS = 1;

/** node:sqlite in the shape that Kysely's SQLite dialect expects. */
class SqliteConnection implements SqliteDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, SqliteStatement>();
  readonly #dataVersion: StatementSync;
  #ownChanges = 0;
  #othersChanges = 0n;
  #othersAskedAt = Number.NEGATIVE_INFINITY;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#dataVersion = database.prepare('pragma data_version');
  }

  /**
   * Differs from what it was before if anything in the database may have changed: by another connection, which SQLite
   * counts (https://www.sqlite.org/pragma.html#pragma_data_version), or by a statement on this one. Others' changes are
   * asked for once in a millisecond at most.
   */
  generation(): string {
    const now = performance.now();
    if (now - this.#othersAskedAt >= OTHERS_CHANGES_MS) {
      this.#othersChanges = (this.#dataVersion.get() as { data_version: bigint }).data_version;
      this.#othersAskedAt = now;
    }
    return `${this.#othersChanges}.${this.#ownChanges}`;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  prepare(sql: string): SqliteStatement {
    // A transaction that begins deferred and writes later can be refused when another process wrote in between;
    // taking the write lock at once makes it wait instead.
    const text = sql === 'begin' ? 'begin immediate' : sql;
    const known = this.#statements.get(text);
    if (known) {
      this.#statements.delete(text);
      this.#statements.set(text, known);
      return known;
    }
    const changes = !text.startsWith('select');
    const statement = wrapStatement(this.#database.prepare(text), () => {
      if (changes) this.#ownChanges += 1;
    });
    this.#statements.set(text, statement);
    if (this.#statements.size > STATEMENT_CACHE_SIZE) {
      const oldest = this.#statements.keys().next().value;
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    return statement;
  }
}

/** `executed` is called before each run: from then on, what was read before may be outdated. */
function wrapStatement(statement: StatementSync, executed: () => void): SqliteStatement {
  const values = (parameters: readonly unknown[]): SQLInputValue[] => {
    executed();
    return parameters as SQLInputValue[];
  };
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}

const connections = new WeakMap<Database, SqliteConnection>();

/**
 * A text that is the same as before only if nothing in the database has changed since; undefined where that cannot be told
 * without asking a server, and inside transactions.
 */
export function generationOf(database: Database): string | undefined {
  return connections.get(database)?.generation();
}

function openSqlite(file: string): Kysely<Schema> {
  const database = new DatabaseSync(file, { readBigInts: true, timeout: BUSY_TIMEOUT_MS });
  if (file !== ':memory:') chmodSync(file, 0o600);
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;');
  const connection = new SqliteConnection(database);
  const opened = new Kysely<Schema>({ dialect: new SqliteDialect({ database: connection }) });
  connections.set(opened, connection);
  return opened;
}

function openPostgres(url: string): Kysely<Schema> {
  const { builtins } = pg.types;
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === builtins.INT8 || oid === builtins.INT4 || oid === builtins.NUMERIC
          ? (value: string) => BigInt(value)
          : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // A connection that the server closed while it was idle is replaced by the pool; without a listener Node would exit.
  pool.on('error', () => undefined);
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/**
 * Opens the database and brings its tables up to date. Safe to call from several processes at once.
 * Throws when the file cannot be opened, the server does not answer, or a migration fails.
 */
export async function openDatabase(location: DatabaseLocation): Promise<Database> {
  const database = 'file' in location ? openSqlite(location.file) : openPostgres(location.url);
  try {
    const migrator = new Migrator({ db: database, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
    const { error } = await migrator.migrateToLatest();
    if (error) throw error;
    return database;
  } catch (error) {
    await database.destroy().catch(() => undefined);
    throw error;
  }
}
