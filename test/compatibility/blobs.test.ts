// How clients upload and download packages with nothing but HTTP.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { runService } from '../../packages/server/test/pipeline/running-service.ts';
import { held } from './held.ts';
import { Service, startForFile } from './service.ts';
import { send } from './wire.ts';

const service = startForFile();

/** The address of one download of a finished submission. */
async function downloadUrl(type: string): Promise<string> {
  const { answer } = await service.finished();
  return answer.json.downloads.items.find((item: { type: string }) => item.type === type).url;
}

held('C-501', async () => {
  const { uploadUrl } = await service.submission();
  const answer = await service.upload(uploadUrl, 'abc');
  assert.equal(answer.status, 201);
  assert.match(String(answer.headers.etag), /^".+"$/);
});

held('C-502', async () => {
  const types = [
    'application/octet-stream',
    'application/zip',
    'application/x-www-form-urlencoded',
    'application/json',
  ];
  for (const headers of [...types.map((type) => ({ 'content-type': type })), {}]) {
    const { uploadUrl } = await service.submission();
    const body = 'a=1&b=%zz';
    assert.equal((await service.upload(uploadUrl, body, headers)).status, 201, JSON.stringify(headers));
    assert.equal((await send(uploadUrl)).text, body);
  }
});

held('C-503', async () => {
  const { uploadUrl } = await service.submission();
  const once = { 'if-none-match': '*' };
  assert.equal((await service.upload(uploadUrl, 'first', once)).status, 201);
  const second = await service.upload(uploadUrl, 'second', once);
  assert.equal(second.status, 409);
  assert.equal(second.headers['x-ms-error-code'], 'BlobAlreadyExists');
  assert.equal((await send(uploadUrl)).text, 'first');
});

held('C-504', async () => {
  const { uploadUrl } = await service.submission();
  assert.equal((await service.upload(uploadUrl, 'first')).status, 201);
  assert.equal((await service.upload(uploadUrl, 'second')).status, 201);
  assert.equal((await send(uploadUrl)).text, 'second');
});

held('C-505', async () => {
  const { uploadUrl } = await service.submission();
  const ids = ['0000', '0001'].map((name) => Buffer.from(name).toString('base64'));
  for (const [index, id] of ids.entries()) {
    const url = `${uploadUrl}&comp=block&blockid=${encodeURIComponent(id)}`;
    assert.equal((await send(url, { method: 'PUT', body: `part ${index};` })).status, 201);
  }
  const body = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join('')}</BlockList>`;
  assert.equal((await send(`${uploadUrl}&comp=blocklist`, { method: 'PUT', body })).status, 201);
  assert.equal((await send(uploadUrl)).text, 'part 0;part 1;');
});

held('C-506', async () => {
  const url = await downloadUrl('signedPackage');
  const head = await send(url, { method: 'HEAD' });
  assert.equal(head.status, 200);
  const whole = await send(url);
  assert.equal(Number(head.headers['content-length']), whole.bytes.length);
  assert.equal(head.headers.etag, whole.headers.etag);
});

held('C-507', async () => {
  const url = await downloadUrl('signedPackage');
  const whole = await send(url);
  for (const name of ['range', 'x-ms-range']) {
    const part = await send(url, { headers: { [name]: 'bytes=10-19' } });
    assert.equal(part.status, 206, name);
    assert.equal(part.headers['content-range'], `bytes 10-19/${whole.bytes.length}`);
    assert.deepEqual(part.bytes, whole.bytes.subarray(10, 20));
  }
});

held('C-508', async () => {
  const url = await downloadUrl('signedPackage');
  assert.equal((await send(url)).status, 200);
  assert.equal((await send(url, { headers: { authorization: await service.authorization() } })).status, 200);
  assert.equal((await send(url, { headers: { authorization: 'Bearer nonsense' } })).status, 200);
});

const BLOB_PATH = /^\/[^/]+\/[^/]+\/[^/]+$/;
/** Where the dashboard has it: no client reads it as a blob. */
const REPORT_PATH = /^\/dashboard\/hardware\/Driver\/DownloadCertificationReport\/\d+\/\d+\/\d+$/;

held(['C-509', 'C-510', 'C-511', 'C-512'], async () => {
  const { answer } = await service.finished();
  for (const { type, url } of answer.json.downloads.items as { type: string; url: string }[]) {
    assert.doesNotMatch(url, /\s/);
    const path = type === 'certificationReport' ? REPORT_PATH : BLOB_PATH;
    assert.match(new URL(url).pathname, path);
    if (type === 'initialPackage') continue;
    const disposition = new URL(url).searchParams.get('rscd') ?? '';
    assert.match(disposition, /filename=[A-Za-z0-9_.]+(?:;|$)/, type);
    assert.match(decodeURIComponent(url), /filename=[A-Za-z0-9_.]+/);
    assert.equal((await send(url)).headers['content-disposition'], disposition);
  }
});

held('C-513', async (t) => {
  let offset = 0;
  const later = new Service(await runService(t, { clock: () => new Date(Date.now() + offset) }));
  const { path, uploadUrl } = await later.submission();
  offset = 49 * 3_600_000;
  assert.equal((await later.upload(uploadUrl, 'late')).status, 403);
  later.forgetToken();
  const [{ url }] = (await later.call('GET', path)).json.downloads.items;
  assert.equal((await later.upload(url, 'in time')).status, 201);
});

held('C-514', async () => {
  // Node's own limit on a whole request would be five minutes; a pause shows that nothing waits for a quick end either.
  const { uploadUrl } = await service.submission();
  const status = await new Promise((resolve, reject) => {
    const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-length': '6' };
    const upload = request(uploadUrl, { method: 'PUT', headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    upload.on('error', reject);
    upload.write('abc');
    setTimeout(() => upload.end('def'), 1500);
  });
  assert.equal(status, 201);
  assert.equal((await send(uploadUrl)).text, 'abcdef');
});
