// Puts the service together. The only place that knows all parts; everything else gets what it needs as an argument.

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createBlobStore } from './blob/blob-store.ts';
import { createSas } from './blob/sas.ts';
import { type Clock, systemClock } from './clock.ts';
import { createApp } from './http/app.ts';
import { createTokenIssuer } from './identity/index.ts';
import { createInspector } from './inspector/inspector.ts';
import { DEFAULT_PACKAGE_LIMITS } from './inspector/protocol.ts';
import { provision } from './provision.ts';
import { loadKeyMaterial } from './signing/key-material.ts';
import { openSigner } from './signing/signer.ts';
import { createSigningService } from './signing/signing-service.ts';
import { type Database, openDatabase } from './store/database.ts';
import { verifySignatureLog } from './store/signatures.ts';
import { listUnfinishedSubjects, releaseAllLeases } from './store/workflows.ts';
import { type EngineLog, startEngine } from './workflow/engine.ts';
import { ingestion } from './workflow/ingestion/index.ts';

/** The account name in the path of blob URLs. */
export const BLOB_ACCOUNT = 'assaystore';

export interface ServerOptions {
  /** Folder for everything that is kept; made when missing. */
  readonly dataDirectory: string;
  /** Address to listen on. 127.0.0.1 by default. */
  readonly host?: string;
  /** Port to listen on; 0 takes a free one. 8080 by default. */
  readonly port?: number;
  /** Connection string of a PostgreSQL, instead of the SQLite file in the data folder. */
  readonly databaseUrl?: string;
  /** The URL under which clients reach the service, when it is not the address that it listens on. */
  readonly publicUrl?: string;
  /** Whether a person must approve each package. `never` by default. */
  readonly manualReview?: 'never' | 'always';
  /** Whether packages may be signed that no malware scanner has looked at. `optional` by default. */
  readonly scan?: 'optional' | 'required';
  /** Least time that each workflow step lasts, in milliseconds. 0 by default. */
  readonly stepDurationMs?: number;
  /** Workflow steps taken at the same time. 4 by default. */
  readonly concurrency?: number;
  /** Opens the key files; made and kept beside them when not given. */
  readonly keyPassphrase?: string;
  readonly clock?: Clock;
  /** Gets a line for what the workflow engine does. */
  readonly log?: EngineLog;
  /** Logs each request to standard error. */
  readonly logRequests?: boolean;
}

export interface RunningServer {
  /** Where clients reach it. */
  readonly url: string;
  readonly credentialsFile: string;
  /** True when this start made the account. */
  readonly created: boolean;
  readonly dataDirectory: string;
  /** Stops taking requests and steps, lets running ones finish, and frees everything. */
  close(): Promise<void>;
}

/** Another process serves this data folder. */
export class DataDirectoryBusy extends Error {
  override readonly name = 'DataDirectoryBusy';
}

/** Holds the data folder for this process. The lock goes when the process does, however it ends. */
function lockDataDirectory(dataDirectory: string): { release(): void } {
  const lock = new DatabaseSync(join(dataDirectory, 'lock'), { timeout: 0 });
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive;');
  } catch (error) {
    lock.close();
    throw new DataDirectoryBusy(
      `Another "assay serve" is running on ${dataDirectory}. Stop it, or give this one a folder of its own with --data.`,
      { cause: error },
    );
  }
  return { release: () => lock.close() };
}

/** Removes the files of submissions whose workflow ended while nobody could clean up. */
async function sweepWorkDirectory(database: Database, workDirectory: string): Promise<void> {
  await mkdir(workDirectory, { recursive: true, mode: 0o700 });
  // In this order: a folder that another worker makes meanwhile is not seen, one that is seen has its workflow in the list.
  const names = await readdir(workDirectory);
  const unfinished = new Set((await listUnfinishedSubjects(database, 'ingestion')).map(String));
  for (const name of names) {
    if (!unfinished.has(name)) await rm(join(workDirectory, name), { recursive: true, force: true });
  }
}

function addressUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/**
 * Starts the service: front and workers in this process, packages and the key in processes of their own.
 * Throws DataDirectoryBusy, or an Error that says what could not be opened.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const clock = options.clock ?? systemClock;
  const host = options.host ?? '127.0.0.1';
  const port = options.port ?? 8080;
  const dataDirectory = resolve(options.dataDirectory);
  await mkdir(join(dataDirectory, 'keys'), { recursive: true, mode: 0o700 });
  const shared = options.databaseUrl !== undefined;
  const closing: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    if (!shared) {
      const lock = lockDataDirectory(dataDirectory);
      closing.push(() => lock.release());
    }
    const database = await openDatabase(
      options.databaseUrl === undefined ? { file: join(dataDirectory, 'assay.db') } : { url: options.databaseUrl },
    );
    closing.push(() => database.destroy());
    // With SQLite this process is the only worker: what an earlier one had claimed when it died is free again.
    if (!shared) await releaseAllLeases(database);
    const chain = await verifySignatureLog(database);
    if (!chain.ok) {
      throw new Error(
        `The log of signatures does not hold: ${chain.problem}. Nothing is signed on top of a log that was tampered with; restore the database from a backup.`,
      );
    }
    const keyMaterial = await loadKeyMaterial(dataDirectory, clock, options.keyPassphrase);
    const signer = await openSigner(keyMaterial.signingKeyFile, keyMaterial.passphrase);
    closing.push(() => signer.close());
    const inspector = await createInspector({
      directory: join(dataDirectory, 'inspector', shared ? randomUUID() : 'local'),
    });
    closing.push(() => inspector.close());
    const blobs = createBlobStore({ database, directory: join(dataDirectory, 'blobs'), clock });
    const sas = createSas({ accountName: BLOB_ACCOUNT, accountKey: keyMaterial.sasKey, clock });
    const issuer = await createTokenIssuer({
      database,
      keyFile: keyMaterial.tokenKeyFile,
      clock,
      ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
    });
    const workDirectory = join(dataDirectory, 'work');
    await sweepWorkDirectory(database, workDirectory);
    await blobs.sweep();
    const engine = startEngine({
      database,
      clock,
      definitions: [
        ingestion({
          database,
          blobs,
          inspector,
          signing: createSigningService(database, signer, clock),
          policy: { manualReview: options.manualReview ?? 'never', scan: options.scan ?? 'optional' },
          limits: DEFAULT_PACKAGE_LIMITS,
          workDirectory,
          clock,
        }),
      ],
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      ...(options.stepDurationMs === undefined ? {} : { stepDurationMs: options.stepDurationMs }),
      ...(options.log === undefined ? {} : { log: options.log }),
    });
    closing.push(() => engine.stop());
    const app = await createApp({
      database,
      issuer,
      blob: { blobs, sas },
      clock,
      onWorkQueued: () => engine.wake(),
      ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
      ...(options.logRequests === true ? { log: { level: 'info', stream: process.stderr } } : {}),
    });
    closing.push(() => app.close());
    const provisionAt = async (url: string) => ({
      ...(await provision({ database, keyMaterial, dataDirectory, url, shared, clock })),
      url,
    });
    let provisioned: Awaited<ReturnType<typeof provisionAt>>;
    if (port === 0) {
      // Nobody can know the port before this function returns, so what clients need may be made after listening.
      await app.listen({ host, port });
      provisioned = await provisionAt(
        options.publicUrl ?? addressUrl(host, (app.server.address() as AddressInfo).port),
      );
    } else {
      provisioned = await provisionAt(options.publicUrl ?? addressUrl(host, port));
      await app.listen({ host, port });
    }
    return { ...provisioned, dataDirectory, close };
  } catch (error) {
    await close();
    throw error;
  }
}
