// Codes that the operator adds: known to requests, to validation, to catalogs and to the driver metadata.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCatalog } from '@assay/authenticode';
import { CodesFileError, startServer } from '../../src/index.ts';
import { runService, temporaryFolder } from './running-service.ts';
import { unzip } from './signed-package.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from './submitted-cabinet.ts';

const NEW_CODE = 'WINDOWS_v100_X64_BR_FULL';

function codesFile(folder: string, content: unknown): string {
  const path = join(folder, 'codes.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('a driver is signed for a system that only the file of codes knows', async (t) => {
  const file = codesFile(temporaryFolder(t), {
    operatingSystems: [
      { code: NEW_CODE, architecture: 'x64', version: '10.0.27000', catalogName: '_v100_X64_27H1' },
      { code: 'WINDOWS_v100_X64_NI_FULL', architecture: 'x64', version: '10.0.22621', status: 'rejected' },
    ],
    operatingSystemFamilies: [{ code: 'Windows_v100_BR' }],
    productTypes: ['Quantum Device'],
  });
  const { api, credentials } = await runService(t, { codesFile: file });
  const cabinet = await signCabinet(await makeCabinet(echoFiles()), submissionKey(credentials));
  const finished = await api.finished(
    await api.submit(cabinet, ['windows_v100_x64_br_full', 'WINDOWS_v100_X64_GE_FULL']),
  );
  assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));

  const files = unzip(await api.download(finished, 'signedPackage'));
  const { attributes } = parseCatalog(files.get('drivers/echo/echo.cat') ?? new Uint8Array());
  assert.equal(attributes.find(({ name }) => name === 'OS')?.value, '_v100_X64_27H1,_v100_X64_24H2');
  const metadata = Buffer.from(await api.download(finished, 'driverMetadata')).toString('utf8');
  assert.ok(metadata.includes(`"${NEW_CODE}":{`), metadata);

  const product = await api.call('POST', '/v2.0/my/hardware/products', {
    productName: 'Echo',
    testHarness: 'attestation',
    requestedSignatures: [NEW_CODE],
    selectedProductTypes: { windows_v100_br: 'quantum device' },
  });
  assert.equal(product.status, 201);
  const { requestedSignatures, selectedProductTypes } = product.body as Record<string, unknown>;
  assert.deepEqual([requestedSignatures, selectedProductTypes], [[NEW_CODE], { windows_v100_BR: 'Quantum Device' }]);
  const rejected = await api.call('POST', '/v2.0/my/hardware/products', {
    productName: 'Echo',
    testHarness: 'attestation',
    requestedSignatures: ['WINDOWS_v100_X64_NI_FULL'],
  });
  assert.equal(rejected.status, 400);
});

test('a file of codes that cannot be used stops the start, with every fault', async (t) => {
  const dataDirectory = temporaryFolder(t);
  const start = (codes: string) => startServer({ dataDirectory, port: 0, codesFile: codes });
  const file = codesFile(temporaryFolder(t), {
    operatingSystems: [{ code: NEW_CODE, architecture: 'x65', version: '10' }],
  });
  await assert.rejects(start(file), (error) => {
    assert.ok(error instanceof CodesFileError);
    assert.ok(
      error.message.startsWith(`The file of codes ${file} cannot be used:\n  operatingSystems[0].architecture: `),
    );
    assert.match(error.message, /\n {2}operatingSystems\[0\]\.version: "10" cannot be used/);
    return true;
  });
  await assert.rejects(start(codesFile(temporaryFolder(t), '{')), /cannot be used:\n {2}It is not JSON: /);
  await assert.rejects(start(join(dataDirectory, 'none.json')), /cannot be read: ENOENT/);
});
