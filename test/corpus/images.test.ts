// Signatures that Microsoft and Debian made on boot loaders and programs, read, checked and replaced.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import {
  bytesSource,
  computePeDigests,
  createCertificate,
  createLocalKey,
  encodePem,
  identifySource,
  OID,
  pe,
  rewriteBytes,
  signFile,
  verifyFile,
} from '@assay/authenticode';
import { corpusPart, filesIn, readBytes } from './corpus-files.ts';

/** The signers of each image, in the order of its certificate table, and how many time stamps are on each. */
const SIGNED_IMAGES: readonly { part: string; pattern: string; count: number; signers: RegExp[]; stamped: boolean }[] =
  [
    {
      part: 'shim-signed',
      pattern: '**/shimx64.efi.signed',
      count: 1,
      signers: [/^CN=Microsoft Windows UEFI Driver Publisher,/, /^CN=Microsoft UEFI CA 2023 signer,/],
      stamped: true,
    },
    {
      part: 'shim-helpers',
      pattern: '**/*.efi.signed',
      count: 2,
      signers: [/^CN=Debian Secure Boot Signer/],
      stamped: false,
    },
    { part: 'grub', pattern: '**/*.efi.signed', count: 4, signers: [/^CN=Debian Secure Boot Signer/], stamped: false },
    {
      part: 'fwupd-signed',
      pattern: '**/*.efi.signed',
      count: 1,
      signers: [/^CN=Debian Secure Boot Signer/],
      stamped: false,
    },
    { part: 'node-pty', pattern: '**/conpty/*', count: 4, signers: [/^CN=Microsoft Corporation,/], stamped: true },
    { part: 'vsce-sign', pattern: '**/*.exe', count: 1, signers: [/^CN=Microsoft Corporation,/], stamped: true },
  ];

for (const { part, pattern, count, signers, stamped } of SIGNED_IMAGES) {
  test(`${part}: each signature is genuine and belongs to its image`, async (t) => {
    const folder = corpusPart(t, part);
    if (folder === undefined) return;
    const paths = filesIn(folder, pattern);
    assert.equal(paths.length, count, paths.join(', '));
    for (const path of paths) {
      const source = bytesSource(readBytes(path));
      assert.equal(await identifySource(source), pe);
      const signatures = (await pe.readSignatures(source)).map((bytes) => pe.openSignature(bytes));
      assert.equal(signatures.length, signers.length, path);
      for (const [index, signature] of signatures.entries()) {
        assert.match(signature.signer?.subject ?? '', signers[index] ?? /^$/);
        assert.equal(signature.fileDigestAlgorithm, 'sha256');
        assert.equal(signature.checkGenuine(), undefined, path);
        assert.equal(await signature.checkContent(source), undefined, path);
        assert.deepEqual(
          signature.stamps.map(({ kind }) => kind),
          stamped ? ['rfc3161'] : [],
        );
      }
    }
  });

  test(`${part}: a changed bit in any region of an image is noticed`, async (t) => {
    const folder = corpusPart(t, part);
    if (folder === undefined) return;
    for (const path of filesIn(folder, pattern).slice(0, 2)) {
      const bytes = readBytes(path);
      for (const share of [0.001, 0.3, 0.9]) {
        const changed = Uint8Array.from(bytes);
        const at = Math.max(1024, Math.floor(bytes.length * share));
        changed[at] = (changed[at] ?? 0) ^ 1;
        const { ok, signatures } = await verifyFile(bytesSource(changed), { anchors: [] });
        assert.equal(ok, false);
        assert.ok(
          signatures.length > 0 &&
            signatures.every(({ problems }) => problems.some(({ code }) => code === 'digestMismatch')),
          `${path}, byte ${at}`,
        );
      }
    }
  });
}

const SAME_IMAGES: readonly [signedPart: string, unsignedPart: string, names: readonly string[]][] = [
  ['shim-signed', 'shim-unsigned', ['shimx64.efi']],
  ['shim-helpers', 'shim-unsigned', ['fbx64.efi', 'mmx64.efi']],
  ['fwupd-signed', 'fwupd-unsigned', ['fwupdx64.efi']],
];

for (const [signedPart, unsignedPart, names] of SAME_IMAGES) {
  test(`${signedPart}: has the digest of the image in ${unsignedPart}, and becomes it again`, async (t) => {
    const signedFolder = corpusPart(t, signedPart);
    const unsignedFolder = signedFolder === undefined ? undefined : corpusPart(t, unsignedPart);
    if (signedFolder === undefined || unsignedFolder === undefined) return;
    for (const name of names) {
      const [signedPath = ''] = filesIn(signedFolder, `**/${name}.signed`);
      const [unsignedPath = ''] = filesIn(unsignedFolder, `**/${name}`);
      const signed = bytesSource(readBytes(signedPath));
      const unsigned = readBytes(unsignedPath);
      const algorithms = ['sha1', 'sha256'] as const;
      assert.deepEqual(
        await computePeDigests(signed, algorithms),
        await computePeDigests(bytesSource(unsigned), algorithms),
      );
      const bare = await rewriteBytes(signed, await pe.removeSignatures(signed));
      assert.deepEqual(
        await computePeDigests(bytesSource(bare), algorithms),
        await computePeDigests(signed, algorithms),
      );
      assert.deepEqual(await pe.readSignatures(bytesSource(bare)), []);
      assert.ok(bare.length - unsigned.length >= 0 && bare.length - unsigned.length < 8, 'all but padding is gone');
    }
  });
}

function hasProgram(t: TestContext, program: string): boolean {
  if (spawnSync(program, ['--version']).error === undefined) return true;
  t.skip(`${program} is not installed: apt-get install sbsigntool`);
  return false;
}

function makeSigner(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'assay-corpus-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const day = 24 * 60 * 60 * 1000;
  const certificate = createCertificate({
    subject: { commonName: 'Corpus Signer' },
    publicKey,
    privateKey,
    extendedKeyUsages: [OID.codeSigning],
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + day),
  });
  writeFileSync(join(folder, 'signer.pem'), encodePem('CERTIFICATE', certificate.bytes));
  writeFileSync(join(folder, 'signer.key'), privateKey.export({ format: 'pem', type: 'pkcs8' }));
  return { folder, certificate, key: createLocalKey({ privateKey, certificate, chain: [] }) };
}

const BOOT_IMAGES: readonly [part: string, pattern: string][] = [
  ['shim-signed', '**/shimx64.efi.signed'],
  ['shim-unsigned', '**/*.efi'],
  ['shim-helpers', '**/*.efi.signed'],
  ['grub', '**/grubx64.efi.signed'],
  ['fwupd-unsigned', '**/*.efi'],
];

describe('sbsigntool agrees on real boot images', () => {
  for (const [part, pattern] of BOOT_IMAGES) {
    test(`${part}: sbverify accepts our signature, and we accept sbsign's`, async (t) => {
      const corpus = corpusPart(t, part);
      if (corpus === undefined || !hasProgram(t, 'sbverify')) return;
      const { folder, certificate, key } = makeSigner(t);
      const run = (program: string, ...args: string[]) => {
        const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
        assert.equal(status, 0, `${program} ${args.join(' ')}: ${stdout}${stderr}`);
      };
      for (const path of filesIn(corpus, pattern)) {
        const source = bytesSource(readBytes(path));
        const ours = await rewriteBytes(source, await signFile(source, { key }));
        writeFileSync(join(folder, 'ours.efi'), ours);
        run('sbverify', '--cert', 'signer.pem', 'ours.efi');

        const bare = await rewriteBytes(source, await pe.removeSignatures(source));
        writeFileSync(join(folder, 'bare.efi'), bare);
        run('sbsign', '--key', 'signer.key', '--cert', 'signer.pem', '--output', 'theirs.efi', 'bare.efi');
        const theirs = bytesSource(Uint8Array.from(readFileSync(join(folder, 'theirs.efi'))));
        const { ok, signatures } = await verifyFile(theirs, { anchors: [certificate] });
        assert.ok(ok, `${basename(path)}: ${JSON.stringify(signatures.map(({ problems }) => problems))}`);
        assert.equal(signatures.length, 1);
      }
    });
  }
});
