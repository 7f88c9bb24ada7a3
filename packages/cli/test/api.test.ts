// `assay api` and `assay audience` against `assay serve`.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { clientSecretCredential, createHardwareClient } from '@assay/hardware-api';
import { runnerOf } from './command-runner.ts';
import { startServerProcess } from './running-server.ts';

test('api: any request, with fields, pages and the digits of the service', async (t) => {
  const server = await startServerProcess(t);
  const { run, json, fail, requests } = runnerOf(server);
  const { url, credentials } = server;
  const client = createHardwareClient({ url, credential: clientSecretCredential({ ...credentials, authority: url }) });
  const ids: string[] = [];
  for (const productName of ['One', 'Two', 'Three']) {
    ids.push(String((await client.createProduct({ productName, testHarness: 'attestation' })).id));
  }
  await t.test('without -o ids are bare numbers with all digits, with -o strings', async () => {
    const shared = /"sharedProductId": \d{19},/;
    assert.match(await run('api', 'get', `products/${ids[0]}`), shared);
    assert.doesNotMatch(await run('api', 'GET', `products/${ids[0]}`, '-o', 'json'), shared);
    assert.equal(
      await run('api', 'GET', `${url}/v2.0/my/hardware/products/${ids[0]}`, '--query', 'productName'),
      '"One"',
    );
  });
  await t.test('pages are put together', async () => {
    const path = ['api', 'GET', 'products', '--field', 'pageSize=1'];
    assert.equal((await json(...path, '--query', 'value')).length, 1);
    const { methods, stdout } = await requests(...path, '--paginate', '--query', '[].id', '-o', 'jsonl');
    assert.equal(methods.length >= 3, true);
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .sort(),
      [...ids].sort(),
    );
    await fail(2, /no list/, 'api', 'GET', `products/${ids[0]}`, '--paginate');
  });
  await t.test('fields make a body, over one from a file', async () => {
    await writeFile(join(server.directory, 'body.json'), '{"productName": "x", "sellerId": 9007199254740993}');
    const post = ['api', 'POST', 'products', '--body', 'body.json', '--field', 'isTestSign=true', '--field', 'n=5'];
    const { methods, stdout } = await requests(...post, '--raw-field', 'firmwareVersion=5', '--dry-run');
    assert.deepEqual(methods, []);
    assert.match(
      stdout,
      /"sellerId": 9007199254740993,\n {2}"isTestSign": true,\n {2}"n": 5,\n {2}"firmwareVersion": "5"/,
    );
  });
  await t.test('a path that Git Bash has spoilt, and a method that is none', async () => {
    await fail(2, /Git Bash/, 'api', 'GET', 'C:/Program Files/Git/v2.0/my/hardware/products');
    await fail(2, /PATCH/, 'api', 'FETCH', 'products');
  });
  await t.test('audiences', async () => {
    assert.match(await run('audience', 'list'), /^ID +NAME +AUDIENCE NAME/);
    assert.equal((await json('audience', 'list')).length, 1);
  });
});
