// The log of signatures on every database there is, and the signer process behind it.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createCertificate, encodeIndirectData, parseSignedData, writePkcs12 } from '@assay/authenticode';
import { systemClock } from '../../src/clock.ts';
import { openSigner } from '../../src/signing/signer.ts';
import { createSigningService, type SigningRequest } from '../../src/signing/signing-service.ts';
import { appendSignature, listSignatures, verifySignatureLog } from '../../src/store/signatures.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';
import { testOnEachDatabase } from '../store/test-databases.ts';

function entry(subject: string) {
  return {
    submission_id: 2n ** 60n,
    subject,
    purpose: 'image',
    digest_algorithm: 'sha256',
    digest: 'ab'.repeat(32),
    certificate_thumbprint: 'cd'.repeat(32),
    signature: 'AAAA',
  };
}

describe('the log of signatures', () => {
  testOnEachDatabase('chains its entries and notices a change', async (database, _t) => {
    await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((subject) => appendSignature(database, entry(subject), systemClock)),
    );
    assert.deepEqual(await verifySignatureLog(database), { ok: true, entries: 5n });
    await database
      .updateTable('signatures')
      .set({ digest: '00'.repeat(32) })
      .where('sequence', '=', 3n)
      .execute();
    assert.deepEqual(await verifySignatureLog(database), {
      ok: false,
      sequence: 3n,
      problem: 'entry 3 was changed after it was written',
    });
  });

  testOnEachDatabase('notices an entry that was removed', async (database, _t) => {
    for (const subject of ['a', 'b', 'c']) await appendSignature(database, entry(subject), systemClock);
    await database.deleteFrom('signatures').where('sequence', '=', 2n).execute();
    assert.deepEqual(await verifySignatureLog(database), { ok: false, sequence: 2n, problem: 'entry 2 is missing' });
  });

  testOnEachDatabase('keeps one signature for a file, however many ask at once', async (database, _t) => {
    const rows = await Promise.all(
      ['x', 'y', 'z'].map((signature) => appendSignature(database, { ...entry('same'), signature }, systemClock)),
    );
    assert.equal(new Set(rows.map((row) => row.signature)).size, 1);
    assert.equal((await listSignatures(database, 2n ** 60n)).length, 1);
  });
});

function makeKeyFile(folder: string, password: string): string {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = createCertificate({
    subject: { commonName: 'Signer under test' },
    ...pair,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extendedKeyUsages: ['1.3.6.1.5.5.7.3.3'],
  });
  const file = join(folder, 'key.p12');
  writeFileSync(file, writePkcs12({ privateKey: pair.privateKey, certificate, chain: [], password }));
  return file;
}

test('the signer process signs, and a wrong passphrase is told', async (t) => {
  const file = makeKeyFile(temporaryFolder(t), 'right');
  await assert.rejects(openSigner(file, 'wrong'), /cannot be opened/);
  const signer = await openSigner(file, 'right');
  t.after(() => signer.close());
  const signature = await signer.sign(new TextEncoder().encode('message'), 'sha256');
  assert.equal(signature.length, 256);
});

testOnEachDatabase('a request for the same file gives the logged signature again', async (database, t) => {
  const signer = await openSigner(makeKeyFile(temporaryFolder(t), 'p'), 'p');
  t.after(() => signer.close());
  const signing = createSigningService(database, signer, systemClock);
  const digest = Buffer.alloc(32, 7);
  const request: SigningRequest = {
    submissionId: 5n,
    subject: 'echo/echo.sys',
    purpose: 'image',
    content: { contentType: '1.3.6.1.4.1.311.2.1.4', content: encodeIndirectData('pe', 'sha256', digest) },
    digest: digest.toString('hex'),
    programName: 'Someone',
  };
  const [one, two] = await Promise.all([signing.sign(request), signing.sign(request)]);
  assert.deepEqual(Buffer.from(one), Buffer.from(two));
  assert.equal(parseSignedData(one).signerInfos.length, 1);
  assert.deepEqual(await verifySignatureLog(database), { ok: true, entries: 1n });
});
