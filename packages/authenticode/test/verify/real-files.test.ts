// Files that others signed: Microsoft's and Debian's boot loaders, where they are installed. They are sound; who is trusted
// is another question, and nobody is without anchors.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { bytesSource, describeFile, verifyFile } from '../../src/index.ts';
import { resultOf, verdicts } from './signers.ts';

const FILES = [
  ...globSync('/usr/lib/shim/*.efi.signed'),
  ...globSync('/usr/lib/grub/*/*.signed'),
  ...globSync('/usr/lib/systemd/boot/efi/*.signed'),
  ...globSync('/usr/libexec/fwupd/efi/*.signed'),
];

test('signed boot loaders are sound, and trusted by those who trust their signers', async (t) => {
  if (FILES.length === 0) {
    t.skip('no signed boot loader is installed: apt-get install shim-signed grub-efi-amd64-signed');
    return;
  }
  for (const file of FILES) {
    const source = bytesSource(new Uint8Array(readFileSync(file)));
    const untrusted = await verifyFile(source, { anchors: [] });
    assert.deepEqual([untrusted.format, untrusted.ok, untrusted.problems], ['pe', false, []], file);
    for (const signature of untrusted.signatures) {
      const { encoding, digest, signature: genuine, chain, usage } = verdicts(signature.policies);
      assert.deepEqual([encoding, digest, genuine, usage], ['met', 'met', 'met', 'met'], file);
      assert.deepEqual([chain, signature.intact], ['notMet', true], file);
      assert.match(resultOf(signature.policies, 'chain').explanation, /question of trust, not of format/);
    }
    assert.equal(resultOf(untrusted.policies, 'kernelProduction').verdict, 'notApplicable', file);

    // Trusting the last certificate of each path, of signers and of stamps, is all that is missing.
    const anchors = untrusted.signatures.flatMap(({ path }) => path.slice(-1));
    const timestampAnchors = untrusted.signatures.flatMap(({ timestamps }) =>
      timestamps.flatMap(({ path }) => path.slice(-1)),
    );
    const trusted = await verifyFile(source, { anchors, timestampAnchors });
    assert.equal(
      trusted.ok,
      true,
      `${file}: ${JSON.stringify(trusted.signatures.flatMap(({ problems }) => problems))}`,
    );
    for (const signature of trusted.signatures) {
      const stamped = signature.timestamps.length > 0;
      assert.equal(resultOf(signature.policies, 'timestamp').verdict, stamped ? 'met' : 'notApplicable', file);
    }
    const description = await describeFile(source);
    assert.deepEqual(description.faults, [], file);
    t.diagnostic(`${basename(file)}: ${trusted.signatures.map(({ signer }) => signer?.commonName).join(', ')}`);
  }
});
