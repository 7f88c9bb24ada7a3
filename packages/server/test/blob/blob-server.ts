// A blob endpoint on a free port of 127.0.0.1 with an empty store, gone when the test ends.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import Fastify from 'fastify';
import { type BlobStore, blobRoutes, blobUrl, createBlobStore, createSas, type Sas } from '../../src/blob/index.ts';
import { type Database, type DatabaseLocation, openDatabase } from '../../src/store/database.ts';

export interface BlobServer {
  readonly database: Database;
  readonly directory: string;
  readonly blobs: BlobStore;
  readonly sas: Sas;
  readonly accountKey: Uint8Array;
  readonly baseUrl: string;
  /** Moves the clock forward. */
  advance(milliseconds: number): void;
  /** A URL for a blob in the container `ingestion`. */
  url(blob: string, permissions: string, fileName?: string): string;
  /** Names of all files below the store's directory. */
  files(): Promise<string[]>;
}

export async function startBlobServer(
  t: TestContext,
  options: { readonly maximumSize?: number; readonly location?: DatabaseLocation } = {},
): Promise<BlobServer> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-blob-'));
  const database = await openDatabase(options.location ?? { file: ':memory:' });
  let offset = 0;
  const clock = (): Date => new Date(Date.now() + offset);
  const { maximumSize } = options;
  const blobs = createBlobStore({ database, directory, clock, ...(maximumSize === undefined ? {} : { maximumSize }) });
  const accountKey = randomBytes(64);
  const sas = createSas({ accountName: 'assaystore', accountKey, clock });
  const app = Fastify({ forceCloseConnections: true });
  await app.register(blobRoutes, { blobs, sas });
  const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await app.close();
    await database.destroy();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    database,
    directory,
    blobs,
    sas,
    accountKey,
    baseUrl,
    advance(milliseconds) {
      offset += milliseconds;
    },
    url: (blob, permissions, fileName) =>
      blobUrl(baseUrl, sas, {
        container: 'ingestion',
        blob,
        permissions,
        ...(fileName === undefined ? {} : { fileName }),
      }),
    async files() {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
  };
}

/** Bytes as an async source, in chunks. */
export async function* chunksOf(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
