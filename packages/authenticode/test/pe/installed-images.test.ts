// Images that others built and signed and that are installed here: boot loaders, with the signatures of Microsoft and of
// Debian in them. They are read where they lie; none is part of this project.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import {
  bytesSource,
  computePageHashes,
  parseIndirectData,
  parseSignedData,
  pe,
  readPeImage,
  rewriteBytes,
  signFile,
  verifyFile,
} from '../../src/index.ts';
import { PeChecksum } from '../../src/pe/checksum.ts';
import { makeAuthority } from '../support/authority.ts';
import { runTool } from '../support/external-tool.ts';
import { hasTools, makeSigningFolder, osslsign, osslverify } from './other-tools.ts';

const FOLDERS = ['/usr/lib/shim', '/usr/lib/grub', '/usr/libexec/fwupd/efi', '/usr/lib/systemd/boot/efi'];
const images = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.efi{,.signed}`)).sort();
const signedImages = images.filter((path) => path.endsWith('.signed'));
const authority = makeAuthority('rsa');
const NONE = 'no boot loaders are installed: apt-get install shim-signed grub-efi-amd64-signed grub-efi-amd64-bin';

function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}

describe('installed boot loaders', { skip: images.length === 0 ? NONE : false }, () => {
  for (const path of signedImages) {
    test(`${basename(path)}: every signature is genuine and over this image`, async () => {
      const source = bytesSource(read(path));
      const signatures = await pe.readSignatures(source);
      assert.ok(signatures.length > 0);
      for (const der of signatures) {
        const signature = pe.openSignature(der);
        assert.equal(signature.checkGenuine(), undefined);
        assert.equal(await signature.checkContent(source), undefined);
        const { kind, digest, algorithm } = parseIndirectData(parseSignedData(der).contentBytes);
        assert.equal(kind, 'pe');
        assert.deepEqual(await pe.digest(source, algorithm), digest);
      }
    });

    test(`${basename(path)}: changed by a bit, its signatures are no longer over it`, async () => {
      const bytes = read(path);
      bytes[5000] = (bytes[5000] ?? 0) ^ 0x10;
      for (const der of await pe.readSignatures(bytesSource(bytes))) {
        assert.match((await pe.openSignature(der).checkContent(bytesSource(bytes))) ?? '', /changed/);
      }
    });

    // Not every package holds the image as it was before it was signed.
    const unsigned = path.replace(/\.signed$/, '');
    if (images.includes(unsigned)) {
      test(`${basename(path)}: has the digest of the unsigned image`, async () => {
        const digest = (bytes: Uint8Array) => pe.digest(bytesSource(bytes), 'sha256');
        assert.deepEqual(await digest(read(path)), await digest(read(unsigned)));
      });
    }

    test(`${basename(path)}: a signature appended keeps all others, which stay genuine`, async () => {
      const source = bytesSource(read(path));
      const before = await pe.readSignatures(source);
      const appended = bytesSource(
        await rewriteBytes(source, await signFile(source, { key: authority.key, mode: 'append' })),
      );
      const [primary, ...others] = await pe.readSignatures(appended);
      assert.ok(primary);
      assert.deepEqual(others, before.slice(1));
      const opened = pe.openSignature(primary);
      assert.equal(opened.checkGenuine(), undefined);
      const [nested] = opened.nested.map((der) => pe.openSignature(der));
      assert.equal(nested?.sequenceNumber, 1);
      assert.equal(nested?.checkGenuine(), undefined);
      assert.equal(await nested?.checkContent(appended), undefined);
    });
  }

  const shim = images.find((path) => basename(path) === 'shimx64.efi.signed');
  test('the shim carries as many signatures as sbverify lists', { skip: shim === undefined }, async (t) => {
    if (shim === undefined || !hasTools(t, 'sbverify')) return;
    const { output } = runTool('sbverify', ['--list', shim], '/');
    const listed = output.match(/^signature \d+/gm)?.length;
    assert.equal((await pe.readSignatures(bytesSource(read(shim)))).length, listed);
  });

  for (const path of images) {
    test(`${basename(path)}: signed anew, verified by sbverify and osslsigncode, with the same page hashes`, async (t) => {
      if (!hasTools(t, 'osslsigncode', 'sbverify')) return;
      const source = bytesSource(read(path));
      const { checksum, checksumOffset } = await readPeImage(source);
      if (checksum !== 0) {
        const sum = new PeChecksum();
        sum.add(Uint8Array.from(read(path)).fill(0, checksumOffset, checksumOffset + 4), 0);
        // Those who sign boot loaders do not all recompute it, so only a note is made.
        if (sum.value(source.size) !== checksum) t.diagnostic('its own checksum is not that of its bytes');
      }
      const signed = await rewriteBytes(source, await signFile(source, { key: authority.key }));
      const folder = makeSigningFolder(t, authority, { 'a.efi': signed, 'b.efi': await unsignedOf(source) });
      osslverify(folder, 'a.efi');
      const verified = runTool('sbverify', ['--cert', 'leaf.pem', 'a.efi'], folder);
      assert.equal(verified.status, 0, verified.output);
      const theirs = osslsign(folder, 'b.efi', 'c.efi', '-h', 'sha256', '-ph');
      const [der] = await pe.readSignatures(bytesSource(theirs));
      assert.ok(der);
      const { digest, pageHashes } = parseIndirectData(parseSignedData(der).contentBytes);
      assert.deepEqual(digest, await pe.digest(source, 'sha256'));
      assert.deepEqual(pageHashes?.list, await computePageHashes(source));
      assert.equal((await verifyFile(bytesSource(theirs), { anchors: [authority.root] })).ok, true);
    });
  }
});

async function unsignedOf(source: ReturnType<typeof bytesSource>): Promise<Uint8Array> {
  return rewriteBytes(source, await pe.removeSignatures(source));
}
