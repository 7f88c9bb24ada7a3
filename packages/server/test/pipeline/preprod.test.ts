// Preprod packages through the real pipeline, by way of the SDK: signed, refused, held for a reviewer, and killed on the way.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bytesSource, parseCatalog, parsePemCertificates, verifyFile, verifyFileInCatalog } from '@assay/authenticode';
import {
  clientSecretCredential,
  createHardwareClient,
  type HardwareClient,
  PreprodFailedError,
  type PreprodPackage,
} from '@assay/hardware-api';
import type { Credentials } from '../../src/index.ts';
import { readAudit, verifyAudit } from '../../src/store/audit.ts';
import { openDatabase } from '../../src/store/database.ts';
import { listSignatures, verifySignatureLog } from '../../src/store/signatures.ts';
import { type RunningService, readCredentials, runService } from './running-service.ts';
import { unzip } from './signed-package.ts';
import { echoFiles, makeCabinet, signCabinet, strangersKey, submissionKey } from './submitted-cabinet.ts';

const TIMEOUT_MS = 60_000;

function clientOf(credentials: Credentials): HardwareClient {
  return createHardwareClient({ url: credentials.url, credential: clientSecretCredential(credentials) });
}

async function signed(credentials: Credentials, files = echoFiles()): Promise<Uint8Array> {
  return await signCabinet(await makeCabinet(files), submissionKey(credentials));
}

async function downloaded(client: HardwareClient, { id, assets = [] }: PreprodPackage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const sink = { write: (chunk: Uint8Array) => void chunks.push(chunk) };
  const digest = createHash('sha256');
  const result = await client.downloadPreprodAsset(id, assets[0]?.id ?? '', sink, { digest });
  assert.equal(result.sha256, assets[0]?.contentHash);
  return Buffer.concat(chunks);
}

describe('a preprod package', () => {
  const cleanups: (() => unknown)[] = [];
  let service: RunningService;
  let client: HardwareClient;
  before(async () => {
    service = await runService({ after: (cleanup: () => unknown) => void cleanups.push(cleanup) } as never);
    client = clientOf(service.credentials);
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  async function failed(bytes: Uint8Array): Promise<PreprodPackage> {
    const { id } = await client.submitPreprodPackage(bytes);
    let ended: PreprodPackage | undefined;
    await assert.rejects(client.waitForPreprodPackage(id, { timeoutMs: TIMEOUT_MS }), (error) => {
      assert.ok(error instanceof PreprodFailedError, String(error));
      ended = error.package;
      return true;
    });
    assert.ok(ended);
    assert.equal(ended.signingStatus, 'Failed');
    assert.equal(ended.assets, undefined);
    assert.deepEqual(await client.listPreprodAssets(id), []);
    return ended;
  }

  test('comes back signed like an attestation package, for every system that its INF names', async (t) => {
    const submitted = await client.submitPreprodPackage(await signed(service.credentials));
    assert.equal(submitted.signingStatus, 'NotStarted');
    const seen: string[] = [];
    const succeeded = await client.waitForPreprodPackage(submitted.id, {
      timeoutMs: TIMEOUT_MS,
      pollIntervalMs: 5,
      onProgress: ({ signingStatus }) => seen.push(signingStatus),
    });
    const order = ['NotStarted', 'Processing', 'Succeeded'];
    assert.deepEqual(
      seen,
      order.filter((status) => seen.includes(status)),
    );
    assert.equal(seen.at(-1), 'Succeeded');
    assert.ok(seen.includes('Processing'), seen.join());

    const files = unzip(await downloaded(client, succeeded));
    assert.deepEqual([...files.keys()].sort(), [
      'drivers/echo/echo.cat',
      'drivers/echo/echo.inf',
      'drivers/echo/echo.sys',
    ]);
    const anchors = [service.authority];
    const catalog = files.get('drivers/echo/echo.cat') ?? new Uint8Array();
    for (const name of ['echo.sys', 'echo.cat']) {
      const verification = await verifyFile(bytesSource(files.get(`drivers/echo/${name}`) ?? new Uint8Array()), {
        anchors,
      });
      assert.equal(verification.ok, true, JSON.stringify(verification.problems));
    }
    const inf = bytesSource(files.get('drivers/echo/echo.inf') ?? new Uint8Array());
    assert.equal((await verifyFileInCatalog(inf, catalog, { anchors })).ok, true);
    const { value: systems = '' } = parseCatalog(catalog).attributes.find(({ name }) => name === 'OS') ?? {};
    assert.match(systems, /_v100_X64_24H2/);
    assert.match(systems, /Server_v100_X64_24H2/);
    assert.match(systems, /_v100_X64_22H2/);
    assert.doesNotMatch(systems, /ARM64/);

    const database = await openDatabase({ file: join(service.dataDirectory, 'assay.db') });
    t.after(() => database.destroy());
    const row = await database
      .selectFrom('preprod_packages')
      .select('id')
      .where('package_id', '=', submitted.id)
      .executeTakeFirstOrThrow();
    assert.equal((await listSignatures(database, row.id)).length, 2);
    assert.deepEqual((await verifySignatureLog(database)).ok, true);
    assert.equal((await verifyAudit(database)).ok, true);
    const actions = [];
    for await (const { action } of readAudit(database, { entity: `preprod/packages/${submitted.id}` }))
      actions.push(action);
    assert.deepEqual(actions, ['preprod.submit', 'signature.create', 'signature.create', 'preprod.complete']);
    assert.deepEqual(await database.selectFrom('products').select('id').execute(), []);
  });

  test('that was streamed is the same package', async () => {
    const bytes = await signed(service.credentials);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let offset = 0; offset < bytes.length; offset += 1000) yield bytes.subarray(offset, offset + 1000);
    }
    const { id } = await client.submitPreprodPackage(chunks());
    const { signingStatus } = await client.waitForPreprodPackage(id, { timeoutMs: TIMEOUT_MS });
    assert.equal(signingStatus, 'Succeeded');
  });

  test('fails with the words of the pipeline', async () => {
    const unsigned = await failed(await makeCabinet(echoFiles()));
    assert.match(unsigned.error?.message ?? '', /SignatureValidationFailed\..*is not signed.*Sign the cabinet/);
    const strangers = await failed(await signCabinet(await makeCabinet(echoFiles()), strangersKey()));
    assert.match(strangers.error?.message ?? '', /"CN=A stranger", which is not registered/);
    assert.match((await failed(Buffer.from('MZ no cabinet'))).error?.message ?? '', /not a cabinet/);
    const { 'echo\\echo.inf': inf = new Uint8Array(), ...others } = echoFiles();
    const edited = (from: string | RegExp, to: string): Uint8Array =>
      Buffer.from(Buffer.from(inf).toString('latin1').replaceAll(from, to), 'latin1');
    const nameless = { ...others, 'echo\\echo.inf': edited('CatalogFile = echo.cat', '') };
    assert.match((await failed(await signed(service.credentials, nameless))).error?.message ?? '', /CatalogFile/);
    const future = { ...others, 'echo\\echo.inf': edited(/NTamd64(\.[0-9.]+)?/gi, 'NTamd64.10.0...99999') };
    assert.match(
      (await failed(await signed(service.credentials, future))).error?.message ?? '',
      /install nothing on any version/,
    );
  });
});

test('a preprod package is held for a reviewer where the policy says so', async (t) => {
  const service = await runService(t, { manualReview: 'always' });
  const client = clientOf(service.credentials);
  const held = async () => {
    for (;;) {
      const { body } = await service.api.call('GET', '/assay/v1/reviews');
      const [first] = (body as { value: { submissionId: bigint; packageId: string }[] }).value;
      if (first !== undefined) return first;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const bytes = await signed(service.credentials);
  for (const decision of ['approve', 'reject'] as const) {
    const { id } = await client.submitPreprodPackage(bytes);
    const { submissionId, packageId } = await held();
    assert.equal(packageId, id);
    assert.equal((await client.getPreprodPackage(id)).signingStatus, 'Processing');
    const path = `/assay/v1/submissions/${submissionId}/review`;
    assert.equal((await service.api.call('POST', path, { decision, reason: 'because' })).status, 200);
    assert.notEqual((await service.api.call('POST', path, { decision, reason: 'again' })).status, 200);
    const wait = () => client.waitForPreprodPackage(id, { timeoutMs: TIMEOUT_MS });
    if (decision === 'approve') assert.equal((await wait()).signingStatus, 'Succeeded');
    else await assert.rejects(wait, /A reviewer rejected the package: because/);
  }
});

/** Least time of each step: long enough that a service that has just started is asked before the step is over. */
const STEP_DURATION_MS = 1000;

async function start(dataDirectory: string): Promise<ChildProcess> {
  const options = JSON.stringify({ stepDurationMs: STEP_DURATION_MS });
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts'), dataDirectory, options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(child.stdout ?? child, 'data'),
    once(child, 'exit').then(() => {
      throw new Error('the service did not start');
    }),
  ]);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

test('a service that is killed in every step of a preprod package finishes it and signs once', async (t) => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'assay-test-'));
  let child = await start(dataDirectory);
  t.after(async () => {
    await kill(child);
    rmSync(dataDirectory, { recursive: true, force: true });
  });
  const bytes = await signed(readCredentials(dataDirectory));
  const { id } = await clientOf(readCredentials(dataDirectory)).submitPreprodPackage(bytes);
  const database = await openDatabase({ file: join(dataDirectory, 'assay.db') });
  t.after(() => database.destroy());
  const steps: string[] = [];
  for (;;) {
    const workflow = await database.selectFrom('workflows').select(['step', 'state']).executeTakeFirstOrThrow();
    if (workflow.state !== 'queued') break;
    if (steps.at(-1) !== workflow.step) {
      steps.push(workflow.step);
      await new Promise((resolve) => setTimeout(resolve, STEP_DURATION_MS * 0.4));
      await kill(child);
      child = await start(dataDirectory);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.deepEqual(steps, [
    'packageInfoValidation',
    'preparation',
    'scanning',
    'validation',
    'catalogCreation',
    'manualReview',
    'signing',
    'finalizePreprod',
  ]);
  const client = clientOf(readCredentials(dataDirectory));
  const succeeded = await client.getPreprodPackage(id);
  assert.equal(succeeded.signingStatus, 'Succeeded', succeeded.error?.message ?? '');
  assert.equal(succeeded.assets?.length, 1);
  const files = unzip(await downloaded(client, succeeded));
  const anchors = parsePemCertificates(readFileSync(join(dataDirectory, 'ca.pem'), 'utf8'));
  const verification = await verifyFile(bytesSource(files.get('drivers/echo/echo.sys') ?? new Uint8Array()), {
    anchors,
  });
  assert.equal(verification.signatures.length, 1);
  assert.equal(verification.ok, true);
  assert.deepEqual(await verifySignatureLog(database), { ok: true, entries: 2n });
  while (readdirSync(join(dataDirectory, 'work')).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
});
