// `npm run demo`: the whole way of a driver package in one go, against a throw-away server on a free port. Packs and signs
// examples/echo, submits it through the API as any client would, downloads out/signed.zip and verifies every file in it
// with out/ca.pem as trust.
// Prints each call with its time. Ends with 0 only when everything verified.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { packCabinet, readAnchors, verifyPath } from '@assay/cli';
import { clientSecretCredential, createHardwareClient, type Exchange } from '@assay/hardware-api';
import { openSigningKey } from '@assay/key-stores';
import { startServer } from '@assay/server';

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'out');
const SIGNATURES = ['WINDOWS_v100_X64_NI_FULL', 'WINDOWS_v100_X64_GE_FULL'];
const WAIT_MS = 5 * 60_000;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One call: method, status, time, and the path with the ids and without the signature of a SAS. */
function showCall({ method, url, status, milliseconds }: Exchange): void {
  const { pathname, search } = new URL(url);
  say(
    `  ${method.padEnd(4)} ${String(status).padStart(3)} ${milliseconds.toFixed(1).padStart(8)} ms  ${pathname}${search}`,
  );
}

async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const result = await work();
  say(`${what}: ${(performance.now() - started).toFixed(0)} ms`);
  return result;
}

/** Submits the cabinet and puts the signed package at `signedPath`. */
async function submit(credentialsFile: string, cabinetPath: string, signedPath: string): Promise<void> {
  const credentials = JSON.parse(await readFile(credentialsFile, 'utf8'));
  const client = createHardwareClient({
    url: credentials.url,
    credential: clientSecretCredential(credentials, { onExchange: showCall }),
    onExchange: showCall,
  });
  const product = await client.createProduct({
    productName: 'Echo sample driver',
    testHarness: 'attestation',
    deviceType: 'internalExternal',
    requestedSignatures: SIGNATURES,
  });
  const submission = await client.createSubmission(product.id, { name: 'Echo sample driver', type: 'initial' });
  await client.uploadPackage(submission, await readFile(cabinetPath));
  await client.commitSubmission(product.id, submission.id);
  const signed = await client.waitForSubmission(product.id, submission.id, {
    timeoutMs: WAIT_MS,
    onProgress: ({ workflowStatus }) => say(`       step ${workflowStatus?.currentStep} ${workflowStatus?.state}`),
  });
  const partial = `${signedPath}.partial`;
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
  await rename(partial, signedPath);
}

/** Prints what verified and what did not; the number of failures. */
async function verify(signedPath: string, trust: string): Promise<number> {
  const items = await verifyPath(signedPath, { anchors: await readAnchors([trust]) });
  for (const { ok, file, catalog, signer, problems } of items) {
    const inside = file.slice(file.indexOf(': ') + 2);
    const through = catalog === undefined ? 'its own signature' : `the catalog ${catalog}`;
    say(`  ${ok ? 'ok    ' : 'FAILED'} ${inside} by ${through}${signer === undefined ? '' : `, signer "${signer}"`}`);
    for (const { message } of problems) say(`         ${message}`);
  }
  return items.filter(({ ok }) => !ok).length;
}

async function demo(data: string): Promise<number> {
  const server = await timed('server started', () => startServer({ port: 0, dataDirectory: data }));
  try {
    const credentials = JSON.parse(await readFile(server.credentialsFile, 'utf8'));
    const key = await openSigningKey({
      kind: 'pkcs12',
      file: credentials.submissionCertificate,
      password: credentials.submissionCertificatePassword,
    });
    const cabinetPath = join(OUT, 'echo.cab');
    const signedPath = join(OUT, 'signed.zip');
    await rm(signedPath, { force: true });
    await timed('packed and signed out/echo.cab', () =>
      packCabinet({
        directories: [join(ROOT, 'examples', 'echo', 'driver')],
        out: cabinetPath,
        compression: 'mszip',
        key,
        force: true,
      }),
    );
    await timed('submitted and signed', () => submit(server.credentialsFile, cabinetPath, signedPath));
    const trust = join(OUT, 'ca.pem');
    await copyFile(join(data, 'ca.pem'), trust);
    const failures = await timed('verified', () => verify(signedPath, trust));
    say(failures === 0 ? `Everything verified: ${relative(process.cwd(), signedPath)}` : `${failures} did not verify.`);
    return failures;
  } finally {
    await server.close();
  }
}

await mkdir(OUT, { recursive: true });
const data = await mkdtemp(join(tmpdir(), 'assay-demo-'));
try {
  process.exitCode = (await demo(data)) === 0 ? 0 : 1;
} finally {
  await rm(data, { recursive: true, force: true });
}
