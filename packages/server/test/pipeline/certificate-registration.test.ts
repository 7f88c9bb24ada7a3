// A certificate registered over HTTP, its signed file opened in a real inspector process, signs a package that is accepted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocalKey } from '@assay/authenticode';
import { makeSigner, signImage } from '../identity/signed-challenge.ts';
import { runService } from './running-service.ts';
import { echoFiles, makeCabinet, signCabinet } from './submitted-cabinet.ts';

test('registering a certificate lets the account submit with it', async (t) => {
  const { api, credentials } = await runService(t);
  const headers = { authorization: `Bearer ${await api.token()}` };
  const at = (path: string): string => `${credentials.url}/assay/v1/certificates${path}`;
  const signer = makeSigner(new Date());
  const key = createLocalKey({ ...signer, chain: [] });
  const cabinet = await signCabinet(await makeCabinet(echoFiles()), key);

  const refused = await api.finished(await api.submit(cabinet));
  assert.match(refused.workflowStatus.messages.join(), /not registered to this account/);

  const post = (body: Uint8Array) => fetch(at(''), { method: 'POST', headers, body: Buffer.from(body) });
  const given = await fetch(at('/signable-file'), { headers });
  const file = new Uint8Array(await given.arrayBuffer());
  const unsigned = await post(file);
  assert.equal(unsigned.status, 400);
  assert.match(await unsigned.text(), /The file is not signed/);
  const registered = await post(await signImage(file, signer));
  assert.equal(registered.status, 201, await registered.clone().text());
  assert.equal(((await registered.json()) as { thumbprint: string }).thumbprint, signer.certificate.thumbprint);

  const accepted = await api.finished(await api.submit(cabinet));
  assert.equal(accepted.workflowStatus.state, 'completed', accepted.workflowStatus.messages.join('\n'));

  const path = `/assay/v1/certificates/${signer.certificate.thumbprint}`;
  assert.equal((await api.call('DELETE', path)).status, 204);
  const again = await api.finished(await api.submit(cabinet));
  assert.match(again.workflowStatus.messages.join(), /not registered to this account/);
});

test('many uploads at once each get their answer', async (t) => {
  const { api, credentials } = await runService(t);
  const headers = { authorization: `Bearer ${await api.token()}` };
  const url = `${credentials.url}/assay/v1/certificates`;
  const files: Uint8Array[] = [];
  for (let made = 0; made < 5; made++) {
    files.push(new Uint8Array(await (await fetch(`${url}/signable-file`, { headers })).arrayBuffer()));
  }
  const signed = await Promise.all(files.map((file) => signImage(file, makeSigner(new Date()))));
  const answers = await Promise.all(
    signed.map((file) => fetch(url, { method: 'POST', headers, body: Buffer.from(file) })),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 201, 201, 201],
  );
});
