// Time stamps that public authorities made: Microsoft's by RFC 3161, and a legacy countersignature.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytesSource,
  type Certificate,
  catalog,
  parseTimestampToken,
  pe,
  verifyCountersignature,
  verifyTimestampToken,
} from '@assay/authenticode';
import { corpusPart, filesIn, readBytes } from './corpus-files.ts';

/** The authorities that come with a stamp: enough to judge everything but whether they are trusted. */
const authoritiesAmong = (certificates: readonly Certificate[]) =>
  certificates.filter(({ isCertificateAuthority }) => isCertificateAuthority);

const STAMPED: readonly [part: string, pattern: string, times: RegExp][] = [
  ['shim-signed', '**/shimx64.efi.signed', /^20\d\d-/],
  ['node-pty', '**/conpty/*', /^2025-10-09T02:1[34]:/],
  ['vsce-sign', '**/*.exe', /^2025-09-22T16:45:0/],
];

for (const [part, pattern, times] of STAMPED) {
  test(`${part}: the time stamps are over these signatures and no others`, async (t) => {
    const folder = corpusPart(t, part);
    if (folder === undefined) return;
    for (const path of filesIn(folder, pattern)) {
      for (const bytes of await pe.readSignatures(bytesSource(readBytes(path)))) {
        const { stamps, signatureValue } = pe.openSignature(bytes);
        const [stamp] = stamps;
        assert.equal(stamps.length, 1);
        assert.ok(stamp !== undefined);
        const anchors = authoritiesAmong(parseTimestampToken(stamp.bytes).signedData.certificates);
        const judged = verifyTimestampToken(stamp.bytes, { message: signatureValue, anchors });
        assert.deepEqual(judged.problems, [], path);
        assert.match(judged.authority?.commonName ?? '', /Microsoft.*Time.*Stamp/i);
        assert.match(judged.time?.toISOString() ?? '', times);

        const other = verifyTimestampToken(stamp.bytes, { message: signatureValue.subarray(1), anchors });
        assert.deepEqual(
          other.problems.map(({ code }) => code),
          ['imprintMismatch'],
        );
        const untrusted = verifyTimestampToken(stamp.bytes, { message: signatureValue, anchors: [] });
        assert.deepEqual(
          untrusted.problems.map(({ code }) => code),
          ['untrustedRoot'],
        );
      }
    }
  });
}

test('ghostscript: the countersignature is over the signature of the catalog and no other', async (t) => {
  const folder = corpusPart(t, 'ghostscript');
  if (folder === undefined) return;
  const [path = ''] = filesIn(folder, '**/ghostpdf.cat');
  const [bytes = new Uint8Array(0)] = await catalog.readSignatures(bytesSource(readBytes(path)));
  const { stamps, signatureValue: message, certificates } = catalog.openSignature(bytes);
  const [stamp] = stamps;
  assert.ok(stamp !== undefined);
  const anchors = authoritiesAmong(certificates);
  const judged = verifyCountersignature(stamp.bytes, { message, certificates, anchors, allowSha1: true });
  assert.deepEqual(judged.problems, []);
  assert.equal(judged.kind, 'legacy');
  assert.equal(judged.time?.toISOString().slice(0, 10), '2021-09-15');
  const other = verifyCountersignature(stamp.bytes, {
    message: message.subarray(1),
    certificates,
    anchors,
    allowSha1: true,
  });
  assert.deepEqual(
    other.problems.map(({ code }) => code),
    ['imprintMismatch'],
  );
});
