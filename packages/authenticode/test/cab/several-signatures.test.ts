// Cabinets with several signatures, with signatures made elsewhere, and without any again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  bytesSource,
  cabinet,
  catalog,
  countSignatures,
  createCatalog,
  encodePem,
  readCabinet,
  rewriteBytes,
  SigningError,
  type SigningRequest,
  signFile,
  verifyFile,
} from '../../src/index.ts';
import { makeAuthority } from '../support/authority.ts';
import { hasTool, makeFolder, runTool } from '../support/external-tool.ts';
import { CABINET_KINDS, CONTENTS, extractAll, extractAlone, makeCabinet, prose } from './cabinets.ts';

const authority = makeAuthority();
const other = makeAuthority('ec');
const anchors = [authority.root, other.root];

async function sign(bytes: Uint8Array, request: Partial<SigningRequest> = {}): Promise<Uint8Array> {
  const source = bytesSource(bytes);
  return rewriteBytes(source, await signFile(source, { key: authority.key, ...request }));
}

async function remove(bytes: Uint8Array): Promise<Uint8Array> {
  const source = bytesSource(bytes);
  return rewriteBytes(source, await cabinet.removeSignatures(source));
}

const refused = (code: string) => (error: unknown) => error instanceof SigningError && error.code === code;

for (const [what, make] of CABINET_KINDS) {
  test(`a second signature on a cabinet ${what}`, async () => {
    const first = await sign(await make());
    const both = await sign(first, { key: other.key, mode: 'append' });
    const { ok, signatures } = await verifyFile(bytesSource(both), { anchors });
    assert.equal(ok, true);
    assert.deepEqual(
      signatures.map(({ signer }) => signer?.thumbprint),
      [authority.leaf.thumbprint, other.leaf.thumbprint],
    );
    const [primary = new Uint8Array()] = await cabinet.readSignatures(bytesSource(both));
    const [nested = new Uint8Array(), ...more] = cabinet.openSignature(primary).nested;
    assert.deepEqual(more, []);
    assert.equal(cabinet.openSignature(nested).sequenceNumber, 1);
    assert.deepEqual(await extractAlone(both), new Map(Object.entries(CONTENTS)));
    const third = await sign(both, { digestAlgorithm: 'sha384', mode: 'append' });
    assert.equal(await countSignatures(cabinet, bytesSource(third)), 3);
    assert.equal((await verifyFile(bytesSource(third), { anchors })).ok, true);
    assert.deepEqual(await sign(third), first, 'signing anew leaves one');
  });

  test(`a cabinet ${what} without its signature has the same digest, and takes the signature back`, async () => {
    const signed = await sign(await make());
    const bare = await remove(signed);
    const { size, signature } = await readCabinet(bytesSource(bare));
    assert.deepEqual([size, signature], [bare.length, undefined]);
    assert.deepEqual(await cabinet.readSignatures(bytesSource(bare)), []);
    for (const algorithm of ['sha1', 'sha256'] as const) {
      const digests = [bare, signed].map((bytes) => cabinet.digest(bytesSource(bytes), algorithm));
      assert.deepEqual(await digests[0], await digests[1]);
    }
    assert.deepEqual(await remove(bare), bare);
    const [taken = new Uint8Array()] = await cabinet.readSignatures(bytesSource(signed));
    const source = bytesSource(bare);
    assert.deepEqual(await rewriteBytes(source, await cabinet.embedSignature(source, taken)), signed);
  });
}

test('appending to a cabinet without a signature makes the first', async () => {
  const plain = await makeCabinet(CONTENTS);
  assert.deepEqual(await sign(plain, { mode: 'append' }), await sign(plain));
});

test("another cabinet's signature, and one over something else, are not attached", async () => {
  const signed = await sign(await makeCabinet(CONTENTS));
  const [signature = new Uint8Array()] = await cabinet.readSignatures(bytesSource(signed));
  const strangers = [await makeCabinet({ 'b\\b.inf': prose(10) }), await sign(await makeCabinet({ c: prose(9) }))];
  for (const stranger of strangers) {
    for (const mode of ['replace', 'append'] as const) {
      const attached = cabinet.embedSignature(bytesSource(stranger), signature, mode);
      await assert.rejects(attached, refused('wrong-content'));
    }
  }
  const list = bytesSource(createCatalog({ members: [], attributes: [] }));
  const catalogSignature = await rewriteBytes(list, await signFile(list, { key: authority.key }));
  assert.ok(catalog.identify(catalogSignature));
  await assert.rejects(async () => cabinet.embedSignature(bytesSource(signed), catalogSignature));
});

test('a signature with others nested in it is not nested itself', async () => {
  const both = await sign(await sign(await makeCabinet(CONTENTS)), { mode: 'append' });
  const [signature = new Uint8Array()] = await cabinet.readSignatures(bytesSource(both));
  const source = bytesSource(await sign(await makeCabinet(CONTENTS)));
  await assert.rejects(cabinet.embedSignature(source, signature, 'append'), refused('nested-signature'));
  assert.deepEqual(await rewriteBytes(source, await cabinet.embedSignature(source, signature)), both);
});

test('osslsigncode verifies ours beside its own, and we both', async (t) => {
  if (!hasTool(t, 'osslsigncode')) return;
  const folder = makeFolder(t, {
    'ours.cab': await sign(await makeCabinet(CONTENTS)),
    'roots.pem': [authority.root, other.root].map((one) => encodePem('CERTIFICATE', one.bytes)).join(''),
    'chain.pem': [authority.leaf, authority.intermediate].map((one) => encodePem('CERTIFICATE', one.bytes)).join(''),
    'key.pem': authority.leafKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  });
  const osslsigncode = (...args: string[]) => {
    const { status, output } = runTool('osslsigncode', args, folder);
    assert.equal(status, 0, output);
    return output;
  };
  const ours = await sign(new Uint8Array(readFileSync(path.join(folder, 'ours.cab'))), {
    key: other.key,
    mode: 'append',
  });
  assert.equal((await verifyFile(bytesSource(ours), { anchors })).ok, true);
  const nested = makeFolder(t, { 'nested.cab': ours });
  const verify = (file: string) => osslsigncode('verify', '-CAfile', 'roots.pem', '-in', file);
  assert.equal(verify(path.join(nested, 'nested.cab')).match(/Signature verification: ok/g)?.length, 2);

  const key = ['-certs', 'chain.pem', '-key', 'key.pem'];
  osslsigncode('sign', '-nest', '-h', 'sha256', ...key, '-in', path.join(nested, 'nested.cab'), '-out', 'three.cab');
  assert.equal(verify('three.cab').match(/Signature verification: ok/g)?.length, 3);
  const three = await verifyFile(bytesSource(new Uint8Array(readFileSync(path.join(folder, 'three.cab')))), {
    anchors,
  });
  assert.deepEqual([three.ok, three.signatures.length], [true, 3]);

  // Taken away by them and by us: the same cabinet, for our reserve is theirs.
  osslsigncode('remove-signature', '-in', 'ours.cab', '-out', 'bare.cab');
  const bare = new Uint8Array(readFileSync(path.join(folder, 'bare.cab')));
  assert.deepEqual(await cabinet.readSignatures(bytesSource(bare)), []);
  assert.deepEqual(await extractAll(bare), new Map(Object.entries(CONTENTS)));
});
