// The commands named after the resources of the API, against `assay serve`: a product from its making to a published label, dry
// runs that send nothing, bodies from files and stdin, and addresses in place of ids.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { runnerOf } from './command-runner.ts';
import { makeDriverFolder } from './driver-folder.ts';
import { finish, startAssay } from './run-assay.ts';
import { type RunningAssay, startServerProcess } from './running-server.ts';

const SYSTEM = 'WINDOWS_v100_X64_GE_FULL';

async function products(t: TestContext, server: RunningAssay): Promise<string> {
  const { run, json, fail, requests } = runnerOf(server);
  const { directory } = server;
  const body = { productName: 'From a file', testHarness: 'attestation', requestedSignatures: [SYSTEM.toLowerCase()] };
  await writeFile(join(directory, 'product.json'), `\uFEFF${JSON.stringify(body)}`);

  const create = ['product', 'create', '--from', 'product.json', '--name', 'Echo'];
  await t.test('a dry run shows the request and sends none', async () => {
    const { methods, stdout } = await requests(...create, '--marketing-name', 'E', '--dry-run', '-o', 'json');
    assert.deepEqual(methods, []);
    const { method, path, body: sent } = JSON.parse(stdout);
    assert.equal(`${method} ${path}`, 'POST /v2.0/my/hardware/products');
    assert.deepEqual(sent, {
      productName: 'Echo',
      testHarness: 'attestation',
      requestedSignatures: [SYSTEM],
      deviceType: 'internalExternal',
      marketingNames: ['E'],
    });
    assert.equal(await run('product', 'list', '-o', 'jsonl'), '');
  });
  const made = await json(...create);
  const id = String(made.id);
  await t.test('options win over the file; ids keep their digits in every form', async () => {
    assert.equal(made.productName, 'Echo');
    assert.deepEqual(made.requestedSignatures, [SYSTEM]);
    assert.equal(parse(await run('product', 'show', id, '-o', 'yaml')).id, id);
    assert.match(await run('product', 'get', id), new RegExp(`^id +${id}$`, 'm'));
    assert.equal(await run('product', 'show', id, '-o', 'none'), '');
  });
  await t.test('an address stands for an id, whatever its host', async () => {
    const addresses = [
      `https://manage.devcenter.microsoft.com/v2.0/my/hardware/products/${id}`,
      `https://partner.microsoft.com/en-us/dashboard/hardware/driver/${id}`,
    ];
    for (const address of addresses) assert.equal(await run('product', 'show', address, '--query', 'id'), id);
  });
  await t.test('a body comes from stdin', async () => {
    const child = startAssay(directory, ['product', 'create', '--from', '-', '--query', 'productName']);
    child.stdin.end('{"productName": "From stdin", "testHarness": "attestation"}');
    const { code, stdout, stderr } = await finish(child);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, 'From stdin\n');
  });
  await t.test('lists are filtered and end at the limit', async () => {
    assert.equal(
      await run('product', 'list', '--name', 'STDIN', '--query', '[].productName', '-o', 'tsv'),
      'From stdin',
    );
    assert.equal((await run('product', 'list', '--limit', '1', '-o', 'jsonl')).split('\n').length, 1);
  });
  await t.test('what cannot be a body is refused before anything is sent', async () => {
    await writeFile(join(directory, 'list.json'), '[]');
    await writeFile(join(directory, 'broken.json'), '{"a": }');
    await fail(10, /no JSON object/, 'product', 'create', '--from', 'list.json');
    await fail(10, /broken\.json is not JSON/, 'product', 'create', '--from', 'broken.json');
    await fail(8, /nowhere\.json/, 'product', 'create', '--from', 'nowhere.json');
    await fail(2, /no productName/, 'product', 'create');
    await fail(10, /not a known operating system code/, 'product', 'create', '--name', 'x', '--signatures', 'X');
  });
  return id;
}

async function submissions(t: TestContext, server: RunningAssay, product: string): Promise<string> {
  const { run, json, requests, fail } = runnerOf(server);
  const { submissionCertificate, submissionCertificatePassword } = server.credentials;
  await makeDriverFolder(server.directory, 'echo');
  await run(
    ...['pack', 'echo', '--out', 'echo.cab', '--sign', submissionCertificate],
    ...['--password', submissionCertificatePassword],
  );
  const id = await run('submission', 'create', product, '--name', 'First', '--query', 'id', '-o', 'tsv');
  const submission = `${product}/${id}`;
  await t.test('a submission is made, renamed and shown', async () => {
    assert.equal((await json('submission', 'update', submission, '--name', 'Echo 1')).name, 'Echo 1');
    assert.equal(await run('submission', 'show', id, '--product', product, '--query', 'name'), 'Echo 1');
    assert.equal(await run('submission', 'list', product, '--query', '[].id', '-o', 'tsv'), id);
    await fail(2, /PRODUCT\/SUBMISSION/, 'submission', 'show', id);
  });
  await t.test('download URLs are masked unless they are asked for', async () => {
    const query = ['--query', 'downloads.items[0].url', '-o', 'tsv'];
    assert.match(await run('submission', 'show', submission, ...query), /sig=\*\*\*$/);
    assert.match(await run('submission', 'show', submission, '--show-urls', ...query), /sig=[^*]+$/);
  });
  await t.test('upload and commit are shown before they are done', async () => {
    const upload = await requests('submission', 'upload', submission, 'echo.cab', '--dry-run');
    assert.deepEqual(upload.methods, ['GET']);
    assert.match(upload.stdout, /^PUT http.*sig=\*\*\*$/m);
    const commit = await requests('submission', 'commit', submission, '--dry-run');
    assert.deepEqual(commit.methods, []);
    assert.match(commit.stdout, new RegExp(`^POST .*/submissions/${id}/commit\n\\{\\}`));
  });
  await t.test('it is uploaded, committed, waited for and downloaded', async () => {
    await run('submission', 'upload', submission, 'echo.cab');
    await run('submission', 'commit', submission);
    const ended = await json('submission', 'wait', submission, '--for', 'driverMetadata', '--poll-interval', '200ms');
    assert.equal(ended.workflowStatus.state, 'completed');
    const { sha256, size } = await json('submission', 'download', submission, '--out', 'signed.zip');
    const bytes = await readFile(join(server.directory, 'signed.zip'));
    assert.equal(bytes.length, size);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256);
    await fail(2, /exists already/, 'submission', 'download', submission, '--out', 'signed.zip');
  });
  await t.test('metadata can be asked for; a partner that does not exist shared nothing', async () => {
    assert.equal(await run('submission', 'metadata', submission, '--query', 'id', '-o', 'tsv'), id);
    await fail(3, /./, 'partner-submission', 'translate', '29963920', submission);
  });
  return submission;
}

async function shippingLabels(t: TestContext, server: RunningAssay, submission: string): Promise<void> {
  const { run, json, requests, fail } = runnerOf(server);
  const create = ['shipping-label', 'create', submission, '--name', 'Echo', '--all-hardware-ids'];
  await t.test('a dry run of a label reads the driver metadata and targets all of it', async () => {
    const { methods, stdout } = await requests(...create, '--go-live', '2030-01-31', '--dry-run', '-o', 'json');
    assert.deepEqual([...new Set(methods)], ['GET']);
    const { body } = JSON.parse(stdout);
    assert.equal(body.destination, 'windowsUpdate');
    assert.deepEqual(body.publishingSpecifications, {
      goLiveDate: '2030-01-31T00:00:00Z',
      manualAcquisition: true,
      isAutoInstallDuringOSUpgrade: false,
      isAutoInstallOnApplicableSystems: false,
    });
    const { hardwareIds } = body.targeting;
    assert.deepEqual([...new Set(hardwareIds.map((entry: { infId: string }) => entry.infId))], ['echo.inf']);
    assert.ok(hardwareIds.length > 0);
  });
  await t.test('what a label lacks is said before it is sent', async () => {
    await fail(2, /targets no hardware id/, 'shipping-label', 'create', submission, '--name', 'x');
    await fail(2, /installs by itself/, ...create, '--automatic-install', 'yes');
    await fail(2, /receiverPublisherId/, ...create, '--destination', 'anotherPartner');
    await fail(2, /GUID/, ...create, '--chid', 'x');
    await fail(2, /2027-03-31/, ...create, '--go-live', 'soon');
  });
  const made = await json(...create);
  const label = `${submission}/${made.id}`;
  await t.test('a label waits for its approval, is approved and published', async () => {
    const until = ['--until', 'microsoftApproval', '--poll-interval', '200ms', '-o', 'json'];
    const held = JSON.parse(await run('shipping-label', 'wait', label, ...until));
    assert.equal(held.workflowStatus.currentStep, 'microsoftApproval');
    assert.equal(held.id, made.id);
    await run('api', 'POST', `/assay/v1/shippingLabels/${made.id}/approval`, '--field', 'decision=approve');
    const published = await json('shipping-label', 'wait', label, '--poll-interval', '200ms');
    assert.equal(published.workflowStatus.currentStep, 'finalizePublishing');
    assert.match(await run('shipping-label', 'show', label), /^hardwareIds +\d+ added$/m);
    assert.equal(await run('shipping-label', 'list', submission, '--query', '[].id', '-o', 'tsv'), made.id);
  });
  await t.test('a label is changed and the change is taken back', async () => {
    const chid = '0e2c52a4-5f0e-4c6a-9f2b-8a3d7c1b6e90';
    const update = ['shipping-label', 'update', label, '--add-chid', chid];
    const planned = await requests(...update, '--everybody', '--dry-run', '-o', 'json');
    assert.deepEqual(planned.methods, []);
    assert.deepEqual(JSON.parse(planned.stdout).body, {
      targeting: { chids: [{ action: 'add', chid }], restrictedToAudiences: [] },
    });
    await run(...update);
    await run('shipping-label', 'wait', label, '--until', 'microsoftApproval', '--poll-interval', '200ms');
    await fail(2, /nobody to ask/, 'shipping-label', 'cancel', label);
    assert.equal((await json('shipping-label', 'cancel', label, '--yes')).id, made.id);
    await fail(7, /cancel/i, 'shipping-label', 'wait', label, '--poll-interval', '200ms');
    await fail(2, /nothing to change/, 'shipping-label', 'update', label);
  });
}

test('a product, its submission and its shipping label, noun by noun', async (t) => {
  const server = await startServerProcess(t, ['--label-approval', 'manual']);
  const product = await products(t, server);
  const submission = await submissions(t, server, product);
  await shippingLabels(t, server, submission);
});
