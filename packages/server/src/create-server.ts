// Puts the service together. The only place that knows all parts; everything else gets what it needs as an argument.

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BUILT_IN_CODES } from '@assay/hardware-api';
import { createBlobStore } from './blob/blob-store.ts';
import { createSas } from './blob/sas.ts';
import { type Clock, systemClock } from './clock.ts';
import { readCodesFile } from './codes-file.ts';
import { createApp } from './http/app.ts';
import { resolveThrottle, type ThrottleChoice } from './http/throttle-presets.ts';
import { createTokenIssuer, type ForeignIssuer } from './identity/index.ts';
import { createInspector } from './inspector/inspector.ts';
import { DEFAULT_PACKAGE_LIMITS } from './inspector/protocol.ts';
import { createSignedFileExaminer } from './inspector/signed-file-examiner.ts';
import { provision } from './provision.ts';
import {
  createRehearsal,
  type RehearsalOptions,
  type RunningRehearsal,
  rehearsalBlobBaseUrl,
  requireInstallationKind,
} from './rehearsal/index.ts';
import type { Scanner } from './scanner/index.ts';
import { loadKeyMaterial } from './signing/key-material.ts';
import { openSigning } from './signing/open-signing.ts';
import { resolveProfiles, type SigningProfilesOptions, type TimestampSource } from './signing/profiles.ts';
import { type Database, openDatabase } from './store/database.ts';
import { verifySignatureLog } from './store/signatures.ts';
import { listUnfinishedSubjects, releaseAllLeases } from './store/workflows.ts';
import { type Engine, type EngineLog, startEngine } from './workflow/engine.ts';
import { type IngestionServices, ingestion } from './workflow/ingestion/index.ts';
import { releasePackage } from './workflow/ingestion/package-steps.ts';
import { preprod } from './workflow/preprod/index.ts';
import { publisherMetadata } from './workflow/publisher-metadata/index.ts';
import {
  DEFAULT_SHIPPING_LABEL_POLICY,
  type ShippingLabelPolicy,
  type ShippingLabelServices,
  shippingLabelPublishing,
  shippingLabelSharing,
} from './workflow/shipping-label/index.ts';

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
  /** Other authorities whose access tokens are accepted; `parseIssuerConfiguration` reads them from a file. */
  readonly issuers?: readonly ForeignIssuer[];
  /** How packages are signed, by profile; `readSigningProfiles` reads it from a file. Keys of the service's own by default. */
  readonly signingProfiles?: SigningProfilesOptions;
  /** Where time stamps come from for profiles that do not say it themselves. The built-in authority by default. */
  readonly timestampUrls?: TimestampSource;
  /** Whether a person must approve each package. `never` by default. */
  readonly manualReview?: 'never' | 'always';
  /** What scans packages for malware; `createClamdScanner` makes one of a clamd. None by default. */
  readonly scanner?: Scanner;
  /** Whether packages may be signed that no malware scanner has looked at, or not at all of them. `optional` by default. */
  readonly scan?: 'optional' | 'required';
  /** Which shipping labels a Manager must approve. Those that install automatically by default. */
  readonly labelApproval?: ShippingLabelPolicy['approval'];
  /** How long a label that nobody has to approve stays at microsoftApproval, in milliseconds. 6,000 by default. */
  readonly labelApprovalHoldMs?: number;
  /** Least time that each workflow step lasts, in milliseconds. 0 by default. */
  readonly stepDurationMs?: number;
  /** Workflow steps taken at the same time. As many as the machine has processors, and at least 2, by default. */
  readonly concurrency?: number;
  /** The data folder is removed afterwards, so its keys need not last: they have 2,048 bits and are made faster. */
  readonly throwAway?: boolean;
  /** Opens the key files; made and kept beside them when not given. */
  readonly keyPassphrase?: string;
  /** How many calls a minute an account may make: a preset, or numbers of one's own. `off` by default. */
  readonly throttle?: ThrottleChoice;
  /** A JSON file of codes of operating systems and product types that are added to the built-in ones. */
  readonly codesFile?: string;
  /** Makes the service one to rehearse with: faults, speed, a journal, and `/_rehearsal/`. Never for packages that matter. */
  readonly rehearsal?: RehearsalOptions;
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
  /** There when the server was started to rehearse with. */
  readonly rehearsal?: RunningRehearsal;
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

/** The workflows that keep files in the work folder, by the id of their subject. */
const KINDS_WITH_FILES = ['ingestion', 'preprod'];

/** Removes the files of packages whose workflow ended while nobody could clean up. */
async function sweepWorkDirectory(database: Database, workDirectory: string): Promise<void> {
  await mkdir(workDirectory, { recursive: true, mode: 0o700 });
  // In this order: a folder that another worker makes meanwhile is not seen, one that is seen has its workflow in the list.
  const names = await readdir(workDirectory);
  const unfinished = new Set((await listUnfinishedSubjects(database, KINDS_WITH_FILES)).map(String));
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
 * Throws DataDirectoryBusy, InstallationKindError, or an Error that says what could not be opened.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const clock = options.clock ?? systemClock;
  const host = options.host ?? '127.0.0.1';
  const port = options.port ?? 8080;
  const dataDirectory = resolve(options.dataDirectory);
  const throttle = resolveThrottle(options.throttle ?? 'off');
  const codes = options.codesFile === undefined ? BUILT_IN_CODES : await readCodesFile(options.codesFile);
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
    await requireInstallationKind(database, { rehearsal: options.rehearsal !== undefined, clock });
    // With SQLite this process is the only worker: what an earlier one had claimed when it died is free again.
    if (!shared) await releaseAllLeases(database);
    const chain = await verifySignatureLog(database);
    if (!chain.ok) {
      throw new Error(
        `The log of signatures does not hold: ${chain.problem}. Nothing is signed on top of a log that was tampered with; restore the database from a backup.`,
      );
    }
    const profiles = resolveProfiles(options.signingProfiles ?? {}, options.timestampUrls ?? 'built-in');
    const keyMaterial = await loadKeyMaterial(
      dataDirectory,
      clock,
      options.keyPassphrase,
      profiles,
      options.throwAway === true,
    );
    const signing = await openSigning({
      database,
      keyMaterial,
      profiles,
      certificateDirectory: join(dataDirectory, 'certificates'),
      clock,
    });
    closing.push(() => signing.close());
    const inspector = await createInspector({
      directory: join(dataDirectory, 'inspector', shared ? randomUUID() : 'local'),
    });
    closing.push(() => inspector.close());
    const blobs = createBlobStore({ database, directory: join(dataDirectory, 'blobs'), clock });
    let engine: Engine | undefined;
    const trueSas = createSas({ accountName: BLOB_ACCOUNT, accountKey: keyMaterial.sasKey, clock });
    const rehearsal =
      options.rehearsal === undefined
        ? undefined
        : createRehearsal(options.rehearsal, {
            database,
            blobs,
            clock,
            codes,
            onWorkQueued: () => engine?.wake(),
            releasePackage: (subjectId) => releasePackage(services, subjectId),
          });
    const sas = rehearsal?.wrapSas(trueSas) ?? trueSas;
    const issuer = await createTokenIssuer({
      database,
      keyFile: keyMaterial.tokenKeyFile,
      clock,
      ...(options.issuers === undefined ? {} : { foreignIssuers: options.issuers }),
      ...(options.log === undefined ? {} : { log: options.log }),
      ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
    });
    const workDirectory = join(dataDirectory, 'work');
    await sweepWorkDirectory(database, workDirectory);
    await blobs.sweep();
    const services: IngestionServices = {
      database,
      blobs,
      inspector,
      signing: signing.service,
      policy: {
        manualReview: options.manualReview ?? 'never',
        scan: options.scan ?? 'optional',
        packageSignature: options.rehearsal?.packageSignature ?? 'registered',
      },
      ...(options.scanner === undefined ? {} : { scanner: options.scanner }),
      limits: DEFAULT_PACKAGE_LIMITS,
      workDirectory,
      codes,
      clock,
    };
    const labels: ShippingLabelServices = {
      database,
      blobs,
      policy: {
        approval: options.labelApproval ?? DEFAULT_SHIPPING_LABEL_POLICY.approval,
        approvalHoldMs: options.labelApprovalHoldMs ?? DEFAULT_SHIPPING_LABEL_POLICY.approvalHoldMs,
      },
      codes,
      clock,
    };
    const app = await createApp({
      database,
      issuer,
      blob: { blobs, sas },
      examineSignedFile: createSignedFileExaminer(inspector),
      timestamps: signing.timestamps.authority,
      clock,
      codes,
      onWorkQueued: () => engine?.wake(),
      ...(throttle === undefined ? {} : { throttle }),
      ...(rehearsal === undefined ? {} : { extend: (app) => rehearsal.attach(app), blobBaseUrl: rehearsalBlobBaseUrl }),
      ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
      ...(options.logRequests === true ? { logger: { level: 'info', stream: process.stderr } as const } : {}),
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
    // Last, so that nobody misses a step of work that an earlier run left behind: progress can be read from its beginning.
    const started = startEngine({
      database,
      clock,
      definitions: [
        ingestion(services),
        preprod(services),
        publisherMetadata(services),
        shippingLabelPublishing(labels),
        shippingLabelSharing(labels),
      ],
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      ...(options.stepDurationMs === undefined ? {} : { stepDurationMs: options.stepDurationMs }),
      ...(rehearsal === undefined
        ? {}
        : {
            delayStep: (step) => rehearsal.stepDurationMs(step),
            intervene: (step) => rehearsal.intervene(step),
          }),
      ...(options.log === undefined ? {} : { log: options.log }),
    });
    engine = started;
    closing.push(() => started.stop());
    return {
      ...provisioned,
      dataDirectory,
      close,
      ...(rehearsal === undefined
        ? {}
        : {
            rehearsal: {
              key: rehearsal.key,
              journal: rehearsal.journal,
              handle: (request, response) => app.server.emit('request', request, response),
            },
          }),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
