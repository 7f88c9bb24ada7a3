// The whole way of a driver package in one go, against a throw-away server on a free port: packs and signs the Echo driver,
// submits it through the API as any client would, downloads what was signed and verifies every file in it.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientSecretCredential, createHardwareClient, type Exchange } from '@assay/hardware-api';
import { openSigningKey } from '@assay/key-stores';
import { startServer } from '@assay/server';
import { packCabinet } from '../packing/pack-cabinet.ts';
import { readAnchors, verifyPath } from '../verifying/verify-path.ts';
import { findEchoDriver } from './echo-driver.ts';

const SIGNATURES = ['WINDOWS_v100_X64_NI_FULL', 'WINDOWS_v100_X64_GE_FULL'];
const WAIT_MS = 5 * 60_000;

export interface DemoOptions {
  /** Folder for `echo.cab`, `signed.zip` and `ca.pem`; made when it is not there. */
  readonly out: string;
  /** Takes one line of what the demo shows. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface DemoResult {
  /** Path of the signed package. */
  readonly signedPackage: string;
  /** Path of the CA that the package verifies under. */
  readonly trust: string;
  /** How many files did not verify. */
  readonly failures: number;
}

interface Stage extends DemoOptions {
  readonly cabinet: string;
  readonly signedPackage: string;
}

/** One call: method, status, time, and the path with the ids and without the signature of a SAS. */
function describeCall({ method, url, status, milliseconds }: Exchange): string {
  const { pathname, search } = new URL(url);
  const time = milliseconds.toFixed(1).padStart(8);
  return `  ${method.padEnd(4)} ${String(status).padStart(3)} ${time} ms  ${pathname}${search}`;
}

async function timed<Result>({ say }: DemoOptions, what: string, work: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const result = await work();
  say(`${what}: ${(performance.now() - started).toFixed(0)} ms`);
  return result;
}

/** Submits the cabinet and puts the signed package where it belongs. */
async function submit(stage: Stage, credentialsFile: string): Promise<void> {
  const { say, signal } = stage;
  const credentials = JSON.parse(await readFile(credentialsFile, 'utf8'));
  const onExchange = (exchange: Exchange) => say(describeCall(exchange));
  const client = createHardwareClient({
    url: credentials.url,
    credential: clientSecretCredential(credentials, { onExchange }),
    onExchange,
    ...(signal === undefined ? {} : { signal }),
  });
  const product = await client.createProduct({
    productName: 'Echo sample driver',
    testHarness: 'attestation',
    deviceType: 'internalExternal',
    requestedSignatures: SIGNATURES,
  });
  const submission = await client.createSubmission(product.id, { name: 'Echo sample driver', type: 'initial' });
  await client.uploadPackage(submission, await readFile(stage.cabinet));
  await client.commitSubmission(product.id, submission.id);
  const signed = await client.waitForSubmission(product.id, submission.id, {
    timeoutMs: WAIT_MS,
    onProgress: ({ workflowStatus }) => say(`       step ${workflowStatus?.currentStep} ${workflowStatus?.state}`),
  });
  const partial = `${stage.signedPackage}.partial`;
  const handle = await open(partial, 'w');
  try {
    await client.download(
      signed,
      'signedPackage',
      { write: (bytes) => handle.writeFile(bytes) },
      { digest: createHash('sha256') },
    );
  } finally {
    await handle.close();
  }
  await rename(partial, stage.signedPackage);
}

/** Says what verified and what did not; the number of failures. */
async function verify({ say, signedPackage }: Stage, trust: string): Promise<number> {
  const items = await verifyPath(signedPackage, { anchors: await readAnchors([trust]) });
  for (const { ok, file, catalog, signer, problems } of items) {
    const inside = file.slice(file.indexOf(': ') + 2);
    const through = catalog === undefined ? 'its own signature' : `the catalog ${catalog}`;
    say(`  ${ok ? 'ok    ' : 'FAILED'} ${inside} by ${through}${signer === undefined ? '' : `, signer "${signer}"`}`);
    for (const { message } of problems) say(`         ${message}`);
  }
  return items.filter(({ ok }) => !ok).length;
}

async function run(stage: Stage, data: string): Promise<DemoResult> {
  const server = await timed(stage, 'server started', () =>
    startServer({ port: 0, dataDirectory: data, throwAway: true }),
  );
  try {
    stage.signal?.throwIfAborted();
    const credentials = JSON.parse(await readFile(server.credentialsFile, 'utf8'));
    const key = await openSigningKey({
      kind: 'pkcs12',
      file: credentials.submissionCertificate,
      password: credentials.submissionCertificatePassword,
    });
    await rm(stage.signedPackage, { force: true });
    await timed(stage, 'packed and signed echo.cab', () =>
      packCabinet({ directories: [findEchoDriver()], out: stage.cabinet, compression: 'mszip', key, force: true }),
    );
    await timed(stage, 'submitted and signed', () => submit(stage, server.credentialsFile));
    const trust = join(stage.out, 'ca.pem');
    await copyFile(join(data, 'ca.pem'), trust);
    const failures = await timed(stage, 'verified', () => verify(stage, trust));
    return { signedPackage: stage.signedPackage, trust, failures };
  } finally {
    await server.close();
  }
}

/**
 * Runs the demo. The server, its account and its keys are gone afterwards; `echo.cab`, `signed.zip` and `ca.pem` stay. Throws
 * what the service, the file system or the signal throws.
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  await mkdir(options.out, { recursive: true });
  const data = await mkdtemp(join(tmpdir(), 'assay-demo-'));
  try {
    const { out } = options;
    return await run({ ...options, cabinet: join(out, 'echo.cab'), signedPackage: join(out, 'signed.zip') }, data);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}
