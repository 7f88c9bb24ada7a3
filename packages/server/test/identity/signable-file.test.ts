import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesSource, encodePem, machineName, readPeImage } from '@assay/authenticode';
import { buildSignableFile } from '../../src/identity/signable-file.ts';
import { identifySigner } from '../../src/inspector/operations/identify-signer.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';
import { makeSigner } from './signed-challenge.ts';

const CHALLENGE = 'ab'.repeat(32);

function isInstalled(tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('the file is an image without a program, the same each time, another for each account and challenge', async () => {
  const file = buildSignableFile(12_345_678n, CHALLENGE);
  const image = await readPeImage(bytesSource(file));
  assert.equal(machineName(image.machine), 'amd64');
  assert.equal(image.magic, 0x20b);
  assert.equal(image.certificateTable, undefined);
  assert.deepEqual(image.sections, [
    {
      name: '.rdata',
      virtualAddress: 0x1000,
      virtualSize: 0x200,
      raw: { offset: 0x200, size: 0x200 },
      characteristics: 0x4000_0040,
    },
  ]);
  const text = new TextDecoder().decode(file.subarray(0x200));
  assert.ok(text.includes(`Account: 12345678\r\nChallenge: ${CHALLENGE}\r\n`));
  assert.deepEqual(buildSignableFile(12_345_678n, CHALLENGE), file);
  assert.notDeepEqual(buildSignableFile(12_345_679n, CHALLENGE), file);
  assert.notDeepEqual(buildSignableFile(12_345_678n, 'cd'.repeat(32)), file);
  // The longest account id that there is must fit too.
  const longest = new TextDecoder().decode(buildSignableFile(2n ** 63n - 1n, CHALLENGE));
  assert.ok(longest.includes(`Challenge: ${CHALLENGE}\r\n`));
});

test('what osslsigncode signs is recognised', async (t) => {
  if (!isInstalled('osslsigncode')) {
    t.skip('osslsigncode is not installed: apt-get install osslsigncode');
    return;
  }
  const at = new Date();
  const folder = temporaryFolder(t);
  const signer = makeSigner(at, { policies: ['2.23.140.1.3'] });
  const path = (name: string): string => join(folder, name);
  const challenge = buildSignableFile(12_345_678n, CHALLENGE);
  writeFileSync(path('SignableFile.bin'), challenge);
  writeFileSync(path('key.pem'), signer.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(path('certificate.pem'), encodePem('CERTIFICATE', signer.certificate.bytes));
  const files = ['-in', path('SignableFile.bin'), '-out', path('signed.bin')];
  const keys = ['-certs', path('certificate.pem'), '-key', path('key.pem')];
  execFileSync('osslsigncode', ['sign', '-h', 'sha384', ...keys, ...files], { stdio: 'ignore' });
  const answer = await identifySigner({
    operation: 'identifySigner',
    file: readFileSync(path('signed.bin')),
    challenges: [buildSignableFile(12_345_678n, 'cd'.repeat(32)), challenge],
    at: at.getTime(),
  });
  assert.deepEqual(answer.problems, []);
  assert.equal(answer.challenge, 1);
  assert.equal(answer.signer?.subject, signer.certificate.subject);
  assert.equal(answer.signer?.isExtendedValidation, true);
});
