// How clients have packages signed for test machines.
import assert from 'node:assert/strict';
import { held } from './held.ts';
import { startForFile, V2 } from './service.ts';
import { type Answer, send } from './wire.ts';

const service = startForFile();

async function submit(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const authorization = `bearer ${await service.running.api.token()}`;
  const body = await service.signedCabinet();
  const options = { method: 'PUT', headers: { authorization, accept: '*/*', ...headers }, body };
  return await send(`${service.url}${V2}${path}`, options);
}

async function signed(answer: Answer): Promise<Answer> {
  for (;;) {
    const read = await service.call('GET', `${V2}/preprod/packages/${answer.json.id}`);
    assert.notEqual(read.json.signingStatus, 'Failed', read.text);
    if (read.json.signingStatus === 'Succeeded') return read;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

held('C-203', async () => {
  for (const [path, headers] of [
    ['/preprod/packages', {}],
    ['/preprod/packages/', { 'content-type': 'application/octet-stream' }],
  ] as const) {
    const answer = await submit(path, headers);
    assert.equal(answer.status, 201, answer.text);
    assert.match(answer.json.signingStatus, /^(?:NotStarted|Processing)$/);
    await signed(answer);
  }
});

held('C-305', async () => {
  const { json } = await signed(await submit('/preprod/packages'));
  const assets = await service.call('GET', `${V2}/preprod/packages/${json.id}/assets`);
  assert.ok(Array.isArray(assets.json), assets.text);
  assert.equal(assets.json[0].assetType, 'SignedFilesZip');
  const download = `${V2}/preprod/packages/${json.id}/assets/${assets.json[0].id}/download`;
  const zip = await service.call('GET', download);
  assert.equal(zip.status, 200);
  assert.equal(zip.bytes.toString('latin1', 0, 2), 'PK');
  const part = await service.call('GET', download, undefined, { range: 'bytes=0-1' });
  assert.equal(part.status, 206);
  assert.equal(part.text, 'PK');
});
