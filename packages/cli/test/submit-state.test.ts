// What `assay submit` keeps between its runs, what it refuses because of it, and its companions `assay wait` and `assay download`.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clientSecretCredential, createHardwareClient, findDownload } from '@assay/hardware-api';
import { type RunningServer, startServer } from '@assay/server';
import { takeLock } from '../src/submitting/file-lock.ts';
import { makeDriverFolder, makeSigningFiles } from './driver-folder.ts';
import { type Finished, runAssay, type Variables } from './run-assay.ts';

const SYSTEMS = ['--signatures', 'WINDOWS_v100_X64_GE_FULL'];

describe('the state of a submission', { concurrency: false }, () => {
  let directory: string;
  let server: RunningServer;
  let credentials: Parameters<typeof clientSecretCredential>[0] & {
    readonly url: string;
    readonly submissionCertificate: string;
    readonly submissionCertificatePassword: string;
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'assay-state-'));
    server = await startServer({ dataDirectory: join(directory, '.assay'), port: 0, throwAway: true });
    credentials = JSON.parse(await readFile(server.credentialsFile, 'utf8'));
    await makeDriverFolder(directory, 'echo');
    const key = ['--sign', credentials.submissionCertificate, '--password', credentials.submissionCertificatePassword];
    const packed = await run('pack', 'echo', '--out', 'echo.cab', ...key);
    assert.equal(packed.code, 0, packed.stderr);
  });
  after(async () => {
    await server?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const run = (...args: readonly string[]): Promise<Finished> => runAssay(directory, args);
  const runWith = (variables: Variables, ...args: readonly string[]) => runAssay(directory, args, variables);
  const inDirectory = (name: string): string => join(directory, name);
  const sha256Of = async (name: string) =>
    createHash('sha256')
      .update(await readFile(inDirectory(name)))
      .digest('hex');

  test('a dry run checks, prints the requests, and sends nothing', async () => {
    const unreachable = { ASSAY_URL: 'http://127.0.0.1:9', AZURE_AUTHORITY_HOST: 'http://127.0.0.1:9' };
    const body = {
      marketingNames: ['Echo Deluxe'],
      deviceType: 'internal',
      requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
    };
    await writeFile(inDirectory('product.json'), JSON.stringify(body));
    const flags = ['--product', 'product.json', '--name', 'Dry', '--device-type', 'external'];
    const more = ['--announcement-date', '2031-02-03', '--firmware-version', '1.2'];
    const planned = await runWith(unreachable, 'submit', 'echo.cab', ...flags, ...more, '--dry-run', '-o', 'json');
    assert.equal(planned.code, 0, planned.stderr);
    const { requests } = JSON.parse(planned.stdout);
    assert.deepEqual(
      requests.map(({ method }: { method: string }) => method),
      ['POST', 'POST', 'PUT', 'POST', 'GET', 'GET'],
    );
    assert.deepEqual(requests[0].body.marketingNames, ['Echo Deluxe']);
    assert.equal(requests[0].body.deviceType, 'external');
    assert.equal(requests[0].body.announcementDate.slice(0, 10), '2031-02-03');
    assert.ok(!(await readdir(directory)).some((name) => name.includes('assay-submit')));
    const wrong = await run('submit', 'echo.cab', '--product', 'echo.cab', '--dry-run');
    assert.equal(wrong.code, 10, wrong.stderr);
  });

  test('a second run at the same time is refused', async () => {
    const lock = await takeLock(inDirectory('busy.json.lock'), 'busy');
    const busy = await run('submit', 'echo.cab', ...SYSTEMS, '--out', 'busy.zip', '--state', 'busy.json');
    await lock.release();
    assert.equal(busy.code, 5, busy.stderr);
    assert.match(busy.stderr, /at work/);
    const { code } = await run('submit', 'echo.cab', ...SYSTEMS, '--no-wait', '--state', 'busy.json', '--quiet');
    assert.equal(code, 0);
    assert.ok(!(await readdir(directory)).includes('busy.json.lock'));
  });

  test('it goes on after --no-wait, with GitHub told, and fetches again what is gone', async () => {
    const committed = await run('submit', 'echo.cab', ...SYSTEMS, '--no-wait', '-o', 'json');
    assert.equal(committed.code, 0, committed.stderr);
    const { productId, submissionId } = JSON.parse(committed.stdout);
    const state = 'echo.cab.assay-submit.json';
    const text = await readFile(inDirectory(state), 'utf8');
    if (process.platform !== 'win32') assert.equal((await stat(inDirectory(state))).mode & 0o777, 0o600);
    assert.ok(!text.includes(credentials.clientSecret) && !/sig=|Bearer|eyJ/.test(text));

    const waited = await run('wait', '--state', state, '--poll-interval', '100ms', '-o', 'json');
    assert.equal(waited.code, 0, waited.stderr);
    assert.equal(JSON.parse(waited.stdout).submissionId, submissionId);

    const github = { GITHUB_OUTPUT: inDirectory('outputs'), GITHUB_STEP_SUMMARY: inDirectory('summary') };
    const finished = await runWith(github, 'submit', 'echo.cab', ...SYSTEMS, '--out', 'a.zip', '-o', 'json');
    assert.equal(finished.code, 0, finished.stderr);
    assert.equal(JSON.parse(finished.stdout).productId, productId);
    const outputs = await readFile(inDirectory('outputs'), 'utf8');
    assert.equal(
      outputs,
      `product-id=${productId}\nsubmission-id=${submissionId}\nstate=completed\nsigned-package=a.zip\n`,
    );
    const summary = await readFile(inDirectory('summary'), 'utf8');
    assert.ok(summary.includes(submissionId) && summary.includes(await sha256Of('a.zip')));

    const sha256 = await sha256Of('a.zip');
    await rm(inDirectory('a.zip'));
    const again = await run('submit', 'echo.cab', ...SYSTEMS, '--out', 'a.zip', '-o', 'json');
    assert.equal(again.code, 0, again.stderr);
    assert.equal(JSON.parse(again.stdout).signedPackage.sha256, sha256);
    assert.equal(JSON.parse(again.stdout).productId, productId);
  });

  test('another package, or another service, is refused', async () => {
    const packed = await run('pack', 'echo', '--out', 'other.cab');
    assert.equal(packed.code, 0, packed.stderr);
    const state = ['--state', 'echo.cab.assay-submit.json'];
    const package_ = await run('submit', 'other.cab', '--name', 'echo', ...SYSTEMS, '--out', 'b.zip', ...state);
    assert.equal(package_.code, 5, package_.stderr);
    assert.match(package_.stderr, /--start-over/);
    const dry = await run('submit', 'echo.cab', '--name', 'Another', ...SYSTEMS, '--dry-run', ...state);
    assert.equal(dry.code, 5, dry.stderr);
    const elsewhere = ['--url', 'http://127.0.0.1:9'];
    const service = await run('submit', 'echo.cab', ...SYSTEMS, '--out', 'b.zip', ...state, ...elsewhere);
    assert.equal(service.code, 5, service.stderr);
    assert.match(service.stderr, /state of a submission to/);
  });

  test('a download goes on where it was stopped, and starts again when the file is another', async () => {
    const { submission } = JSON.parse(await readFile(inDirectory('echo.cab.assay-submit.json'), 'utf8'));
    const [productId, submissionId] = [submission.product.id, submission.submission.id];
    const client = createHardwareClient({ url: server.url, credential: clientSecretCredential(credentials) });
    const url = findDownload(await client.getSubmission(productId, submissionId), 'signedPackage') ?? '';
    const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag');
    const whole = await sha256Of('a.zip');
    const reference = `${productId}/${submissionId}`;

    for (const [tag, expected] of [
      [etag, /going on with the download at byte 500/],
      ['"another"', /downloading it from the start/],
    ] as const) {
      await cp(inDirectory('a.zip'), inDirectory('c.zip.partial'));
      await truncate(inDirectory('c.zip.partial'), 500);
      const note = { submission: reference, type: 'signedPackage', etag: tag };
      await writeFile(inDirectory('c.zip.partial.json'), JSON.stringify(note));
      const { code, stderr } = await run('download', reference, '--out', 'c.zip', '--force');
      assert.equal(code, 0, stderr);
      assert.match(stderr, expected);
      assert.equal(await sha256Of('c.zip'), whole);
    }
    assert.deepEqual(
      (await readdir(directory)).filter((name) => name.startsWith('c.zip')),
      ['c.zip'],
    );

    const address = `https://manage.devcenter.microsoft.com/v2.0/my/hardware/products/${productId}/submissions/${submissionId}`;
    const flat = await run('download', address, '--out', 'flat', '--flatten', '--verify', '--trust', '.assay/ca.pem');
    assert.equal(flat.code, 0, flat.stderr);
    const files = await readdir(inDirectory('flat'), { recursive: true });
    assert.ok(
      files.some((file) => file.endsWith('echo.sys')),
      files.join(),
    );
    assert.ok(!files.some((file) => file.toLowerCase().startsWith('drivers')), files.join());

    const stranger = await makeSigningFiles(directory);
    const bad = await run('download', reference, '--out', 'd.zip', '--verify', '--trust', stranger.trust);
    assert.equal(bad.code, 8, bad.stderr);
    assert.deepEqual(
      (await readdir(directory)).filter((name) => name.startsWith('d.zip')),
      ['d.zip.unverified'],
    );
    await rename(inDirectory('d.zip.unverified'), inDirectory('e.zip'));
    assert.equal((await run('download', reference, '--out', 'e.zip')).code, 2, 'no file is replaced unasked');
    const missing = await run('download', reference, '--out', 'f', '--type', 'derivedPackage');
    assert.equal(missing.code, 5, missing.stderr);
  });
});
