// Runs a test on SQLite in a directory of its own and, when a PostgreSQL answers on loopback, on a database of its own there.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { type Database, type DatabaseLocation, openDatabase } from '../../src/store/database.ts';

const POSTGRES = 'postgres://root@127.0.0.1:5432/postgres';
const CONNECT_TIMEOUT_MS = 2_000;

async function runOnPostgres(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: POSTGRES, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function makeSqlite(t: TestContext): Promise<DatabaseLocation> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-store-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return { file: join(directory, 'assay.db') };
}

/** A new database, dropped when the test ends; undefined when no PostgreSQL answers. */
async function makePostgres(t: TestContext): Promise<DatabaseLocation | undefined> {
  const name = `assay_test_${randomBytes(8).toString('hex')}`;
  try {
    await runOnPostgres(`create database ${name}`);
  } catch {
    return undefined;
  }
  t.after(() => runOnPostgres(`drop database ${name} with (force)`));
  const url = new URL(POSTGRES);
  url.pathname = name;
  return { url: url.href };
}

/** Defines the test once for each kind of database. `run` gets a place that holds nothing yet. */
export function testOnEachLocation(
  name: string,
  run: (t: TestContext, location: DatabaseLocation) => Promise<void>,
): void {
  test(`${name} (SQLite)`, async (t) => run(t, await makeSqlite(t)));
  test(`${name} (PostgreSQL)`, async (t) => {
    const location = await makePostgres(t);
    if (location === undefined) return t.skip(`no PostgreSQL answers at ${POSTGRES}`);
    await run(t, location);
  });
}

/** Defines the test once for each kind of database, open and with all tables. */
export function testOnEachDatabase(name: string, run: (database: Database, t: TestContext) => Promise<void>): void {
  testOnEachLocation(name, async (t, location) => {
    const database = await openDatabase(location);
    try {
      await run(database, t);
    } finally {
      await database.destroy();
    }
  });
}

/** A row as a plain object: SQLite's rows have no prototype, and a strict comparison would notice. */
export function plain<Row extends object>(row: Row | undefined): Row | undefined {
  return row === undefined ? undefined : { ...row };
}
