// The command line against a service on loopback that answers as a script says: throttled, with nulls where lists should be, with
// answers that are lost. What is printed and returned must be right all the same.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createProgress } from '../src/progress.ts';
import { shippingLabelView, submissionView, withoutSignatures } from '../src/requesting/resource-views.ts';
import { finish, runAssay, startAssay, temporaryDirectory } from './run-assay.ts';

const SUBMISSION = '1152921504621441930';
const WHICH = `13635057453741329/${SUBMISSION}`;

type Script = (request: IncomingMessage, response: ServerResponse, origin: string) => void;

async function startScripted(t: TestContext, script: Script) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => script(request, response, origin));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const variables = { ASSAY_URL: origin, ASSAY_ACCESS_TOKEN: 'token' };
  return { origin, requests, variables, directory: await temporaryDirectory(t) };
}

function json(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

function submission(state: string, more = ''): string {
  return `{"id":${SUBMISSION},"productId":13635057453741329,"name":"n","type":"initial","commitStatus":"commitComplete","workflowStatus":{"currentStep":1,"state":"${state}","messages":null,"errorReport":null}${more}}`;
}

test('a wait says why it waits, in the middle of what it shows', async (t) => {
  let throttled = 1;
  const { directory, variables } = await startScripted(t, (_request, response) => {
    if (throttled-- > 0) json(response, 429, '{"statusCode":429,"message":"slow"}', { 'retry-after': '1' });
    else json(response, 200, submission('failed'));
  });
  const { code, stderr, stdout } = await runAssay(directory, ['wait', WHICH, '-o', 'json'], variables);
  assert.equal(code, 7);
  assert.match(stderr, /^waiting 1 s because the service said 429$/m);
  assert.equal(JSON.parse(stdout).submissionId, SUBMISSION);

  const lines: string[] = [];
  const stream = { isTTY: true, columns: 80, write: (text: string) => void lines.push(text) };
  const progress = createProgress(false, { stream, environment: {} });
  t.after(() => progress.end());
  progress.wait('scanning started');
  progress.aside('waiting 2 s');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.deepEqual(lines.slice(0, 2), ['scanning started\n', 'waiting 2 s\n']);
  assert.match(lines[2] ?? '', /scanning started for 1 s/);
});

test('what the service writes as null is shown as nothing', async (t) => {
  const { directory, variables } = await startScripted(t, (request, response) =>
    request.url?.includes('/submissions/') === true
      ? json(response, 200, submission('started', ',"downloads":{"items":null,"messages":null}'))
      : json(response, 200, '{"id":5,"productName":"p","marketingNames":null,"requestedSignatures":null}'),
  );
  for (const args of [
    ['submission', 'show', WHICH],
    ['product', 'show', '5'],
  ]) {
    const { code, stderr, stdout } = await runAssay(directory, args, variables);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout, /null/);
  }
  const nothing = { id: 1n, productId: 2n, downloads: null, workflowStatus: null } as never;
  assert.equal(submissionView(withoutSignatures(nothing, {})).fields.currentStep, undefined);
  const label = {
    id: 1n,
    workflowStatus: null,
    publishingSpecifications: null,
    targeting: { hardwareIds: null },
  } as never;
  assert.equal(shippingLabelView(label).fields.hardwareIds, undefined);
});

test('a wrong --query ends a command before it makes anything', async (t) => {
  const { directory, variables, requests } = await startScripted(t, (_request, response) =>
    json(response, 201, '{"id":5}'),
  );
  for (const args of [
    ['product', 'create', '--name', 'x', '--query', 'a['],
    ['api', 'POST', 'products', '--field', 'productName=x', '--query', 'a['],
  ]) {
    const { code, stderr } = await runAssay(directory, args, variables);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /no JMESPath expression/);
  }
  assert.deepEqual(requests, []);
});

test('a creation whose answer is lost is made once, and the error says to look', async (t) => {
  const { directory, variables, requests } = await startScripted(t, (_request, response) => json(response, 201, ''));
  const { code, stderr } = await runAssay(directory, ['product', 'create', '--name', 'x'], variables);
  assert.equal(code, 8, stderr);
  assert.match(stderr, /may have been made all the same/);
  assert.equal(requests.length, 1);
});

test('api: ids are printed as the service wrote them, with -o as strings', async (t) => {
  const { directory, variables } = await startScripted(t, (_request, response) =>
    json(response, 200, `{"id":"0071","productId":${SUBMISSION},"submissionId":5}`),
  );
  const bare = await runAssay(directory, ['api', 'GET', 'products/1'], variables);
  assert.equal(bare.stdout, `{\n  "id": "0071",\n  "productId": ${SUBMISSION},\n  "submissionId": 5\n}\n`);
  const asJson = await runAssay(directory, ['api', 'GET', 'products/1', '-o', 'json'], variables);
  assert.deepEqual(JSON.parse(asJson.stdout), { id: '0071', productId: SUBMISSION, submissionId: '5' });
});

test('the exit code is that of the work when nobody reads any more', async (t) => {
  const { directory, variables } = await startScripted(t, (_request, response) =>
    setTimeout(() => json(response, 200, submission('failed')), 300),
  );
  const child = startAssay(directory, ['wait', WHICH], variables);
  const finished = finish(child);
  child.stdout.destroy();
  child.stderr.destroy();
  assert.equal((await finished).code, 7);
});

test('submission download: a digest that does not fit leaves no file, one that fits does', async (t) => {
  const { directory, variables } = await startScripted(t, ({ url = '' }, response, origin) => {
    if (url.startsWith('/blob')) response.writeHead(200, { 'content-length': '7' }).end('PK\x03\x04abc');
    else {
      const items = `{"items":[{"type":"signedPackage","url":"${origin}/blob?sig=s"}],"messages":[]}`;
      json(response, 200, submission('completed', `,"downloads":${items}`));
    }
  });
  const download = ['submission', 'download', WHICH, '--out', 'x.zip', '--sha256'];
  const refused = await runAssay(directory, [...download, '0'.repeat(64)], variables);
  assert.equal(refused.code, 8, refused.stderr);
  assert.match(refused.stderr, /SHA-256/);
  const digest = 'efa50811030a5ec29fc91143aca804b28e9c354ef5a0daf509811828a07b3e2e';
  const taken = await runAssay(directory, [...download, digest.toUpperCase()], variables);
  assert.equal(taken.code, 0, taken.stderr);
  assert.equal(await readFile(join(directory, 'x.zip'), 'latin1'), 'PK\x03\x04abc');
});

test('sdcm: a failed submission returns -34, also when its report cannot be fetched or its commit failed', async (t) => {
  const states = [
    submission('failed').replace('"errorReport":null', '"errorReport":"http://127.0.0.1:1/report"'),
    `{"id":${SUBMISSION},"productId":1,"name":"n","type":"initial","commitStatus":"commitFailed"}`,
  ];
  for (const state of states) {
    const { directory, variables } = await startScripted(t, (_request, response) => json(response, 200, state));
    const args = ['sdcm', '-wait', '-productid', '1', '-submissionid', SUBMISSION];
    const { code, stdout } = await runAssay(directory, args, variables);
    assert.match(stdout, /Return: -34 \(WAIT_SUBMISSION_FAILED_IN_HWDC\)/);
    assert.equal(code, 256 - 34);
  }
});
