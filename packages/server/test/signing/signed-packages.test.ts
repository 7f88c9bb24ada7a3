// Packages through the whole pipeline, signed as their profile says: which key, beside which other signatures, with what stamp.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  ASSAY_USAGES,
  bytesSource,
  createLocalKey,
  encodePem,
  type FileVerification,
  OID,
  parseCatalog,
  parsePemCertificates,
  pe,
  rewriteBytes,
  type SigningKey,
  signFile,
  verifyFile,
  verifyFileInCatalog,
} from '@assay/authenticode';
import { clientSecretCredential, createHardwareClient } from '@assay/hardware-api';
import { systemClock } from '../../src/clock.ts';
import type { SigningProfileName } from '../../src/index.ts';
import { createTimestamps } from '../../src/signing/timestamps.ts';
import { type RunningService, runService, temporaryFolder } from '../pipeline/running-service.ts';
import { unzip } from '../pipeline/signed-package.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from '../pipeline/submitted-cabinet.ts';
import { hasTools, runTool } from './external-tools.ts';
import { makeKey } from './signing-keys.ts';

const IMAGE = 'echo\\echo.sys';

function vendorKey(name: string): SigningKey {
  return createLocalKey({ ...makeKey({ subject: { commonName: name } }), chain: [] });
}

/** The driver's image with signatures by these keys, the first one primary. */
async function signedImage(...keys: readonly SigningKey[]): Promise<Uint8Array> {
  let image = echoFiles()[IMAGE] ?? new Uint8Array();
  for (const key of keys) {
    image = await rewriteBytes(bytesSource(image), await signFile(bytesSource(image), { key, mode: 'append' }));
  }
  return image;
}

async function cabinetWith(service: RunningService, image: Uint8Array = echoFiles()[IMAGE] ?? new Uint8Array()) {
  return await signCabinet(await makeCabinet({ ...echoFiles(), [IMAGE]: image }), submissionKey(service.credentials));
}

interface SignedDriver {
  readonly id: bigint;
  readonly image: Uint8Array;
  readonly catalog: Uint8Array;
}

/** Submits the driver as a product with these properties. */
async function submit(service: RunningService, properties: object, image?: Uint8Array): Promise<SignedDriver> {
  const { api } = service;
  const finished = await api.finished(await api.submit(await cabinetWith(service, image), undefined, properties));
  assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
  const files = unzip(await api.download(finished, 'signedPackage'));
  const file = (name: string) => files.get(`drivers/echo/${name}`) ?? new Uint8Array();
  return { id: finished.id, image: file('echo.sys'), catalog: file('echo.cat') };
}

async function verified(service: RunningService, bytes: Uint8Array): Promise<FileVerification> {
  return await verifyFile(bytesSource(bytes), { anchors: [service.authority] });
}

/** Every signature in the image by the certificate of this profile. */
function certificateOf(service: RunningService, profile: SigningProfileName) {
  const [leaf] = parsePemCertificates(
    readFileSync(join(service.dataDirectory, 'certificates', `${profile}.pem`), 'utf8'),
  );
  assert.ok(leaf, profile);
  return leaf;
}

describe('a package', () => {
  const cleanups: (() => unknown)[] = [];
  let service: RunningService;
  before(async () => {
    service = await runService({ after: (cleanup: () => unknown) => void cleanups.push(cleanup) } as never, {
      signingProfiles: {
        whql: { usages: 'microsoft', catalogVersion: 1, moreInfoUrl: 'https://drivers.example/about' },
        test: { mode: 'replace' },
        flight: { digestAlgorithm: 'sha384', pageHashes: true, timestampUrls: 'none' },
      },
    });
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  test('is signed by the certificate of its profile, image and catalog, and stamped', async () => {
    const cases: readonly (readonly [SigningProfileName, object, readonly string[]])[] = [
      ['attestation', {}, [OID.codeSigning, ASSAY_USAGES.attestation]],
      ['whql', { testHarness: 'hlk' }, [OID.codeSigning, '1.3.6.1.4.1.311.10.3.5']],
      ['test', { testHarness: 'hlk', isTestSign: true, isFlightSign: true }, [OID.codeSigning, ASSAY_USAGES.test]],
      ['flight', { isFlightSign: true }, [OID.codeSigning, ASSAY_USAGES.flight]],
    ];
    for (const [profile, properties, usages] of cases) {
      const { id, image, catalog } = await submit(service, properties);
      const leaf = certificateOf(service, profile);
      assert.deepEqual(leaf.extendedKeyUsages, usages);
      for (const bytes of [image, catalog]) {
        const { ok, signatures } = await verified(service, bytes);
        assert.equal(ok, true, profile);
        const [signature] = signatures;
        assert.equal(signatures.length, 1);
        assert.equal(signature?.signer?.thumbprint, leaf.thumbprint, profile);
        assert.equal(signature.opusInfo.programName, 'Local Account');
        assert.equal(signature.opusInfo.moreInfoUrl, profile === 'whql' ? 'https://drivers.example/about' : undefined);
        assert.equal(signature.digestAlgorithm, profile === 'flight' ? 'sha384' : 'sha256');
        const stamps = signature.timestamps.map(({ problems }) => problems);
        assert.deepEqual(stamps, profile === 'flight' ? [] : [[]], 'a good stamp, or none');
      }
      const contents = parseCatalog(catalog);
      assert.equal(contents.version, profile === 'whql' ? 1 : 2);
      const named = contents.attributes.map(({ name, value }) => `${name}=${value}`);
      const before = profile === 'whql' ? ['Qualification Level=5000', 'DTC=1'] : [];
      assert.deepEqual(named.slice(0, before.length + 3), [
        ...before,
        `Submission ID=${id}`,
        'BundleID=echo',
        'OS=_v100_X64_24H2',
      ]);
      const through = await verifyFileInCatalog(bytesSource(image), catalog, {
        anchors: [service.authority],
        allowSha1: profile === 'whql',
      });
      assert.equal(through.ok, true, profile);
    }
  });

  test('of preprod is signed by the certificate of preprod', async () => {
    const { credentials } = service;
    const client = createHardwareClient({ url: credentials.url, credential: clientSecretCredential(credentials) });
    const { id } = await client.submitPreprodPackage(await cabinetWith(service));
    const { assets = [] } = await client.waitForPreprodPackage(id, { timeoutMs: 60_000, pollIntervalMs: 20 });
    const chunks: Uint8Array[] = [];
    await client.downloadPreprodAsset(id, assets[0]?.id ?? '', {
      write: (chunk: Uint8Array) => void chunks.push(chunk),
    });
    const files = unzip(Buffer.concat(chunks));
    const { thumbprint } = certificateOf(service, 'preprod');
    for (const name of ['echo.sys', 'echo.cat']) {
      const { signatures } = await verified(service, files.get(`drivers/echo/${name}`) ?? new Uint8Array());
      assert.equal(signatures[0]?.signer?.thumbprint, thumbprint);
      assert.deepEqual(signatures[0].timestamps[0]?.problems, []);
    }
  });

  test("keeps its vendor's signatures: the first stays primary, ours is nested beside the others", async (t) => {
    const first = vendorKey('Vendor one');
    const second = vendorKey('Vendor two');
    for (const keys of [[first], [first, second]]) {
      const came = await signedImage(...keys);
      const { image } = await submit(service, {}, came);
      const { ok, signatures } = await verified(service, image);
      assert.equal(ok, true);
      const [primary, ...nested] = signatures;
      assert.equal(primary?.signer?.subject, 'CN=Vendor one');
      assert.equal(nested.length, keys.length);
      const ours = nested.find(({ signer }) => signer?.thumbprint === certificateOf(service, 'attestation').thumbprint);
      assert.equal(ours?.sequenceNumber, keys.length);
      assert.deepEqual(ours.problems, []);
      assert.deepEqual(ours.timestamps[0]?.problems, []);
      const [primaryBytes = new Uint8Array()] = await pe.readSignatures(bytesSource(image));
      const [cameBytes = new Uint8Array()] = await pe.readSignatures(bytesSource(came));
      const value = (signature: Uint8Array) => Buffer.from(pe.openSignature(signature).signatureValue);
      assert.deepEqual(value(primaryBytes), value(cameBytes), "the vendor's signature is untouched");

      if (!hasTools(t, 'osslsigncode')) continue;
      const folder = temporaryFolder(t);
      const trusted = [service.authority, ...keys.map(({ certificate }) => certificate)];
      writeFileSync(join(folder, 'trusted.pem'), trusted.map(({ bytes }) => encodePem('CERTIFICATE', bytes)).join(''));
      writeFileSync(join(folder, 'echo.sys'), image);
      const args = ['verify', '-CAfile', 'trusted.pem', '-TSA-CAfile', 'trusted.pem', '-in', 'echo.sys'];
      const said = await runTool('osslsigncode', args, folder);
      assert.equal(said.match(/^Signature verification: ok/gm)?.length, keys.length + 1, said);
      assert.match(said, /Timestamp Server Signature verification: ok/);
    }
  });

  test("loses its vendor's signature where the profile replaces", async () => {
    const { image } = await submit(service, { isTestSign: true }, await signedImage(vendorKey('Vendor')));
    const { ok, signatures } = await verified(service, image);
    assert.equal(ok, true);
    assert.deepEqual(
      signatures.map(({ signer, sequenceNumber }) => [signer?.thumbprint, sequenceNumber]),
      [[certificateOf(service, 'test').thumbprint, undefined]],
    );
  });

  test('whose image was changed after it was signed is refused, unless the signature goes anyway', async () => {
    const image = await signedImage(vendorKey('Vendor'));
    // The time stamp in the file header: no structure depends on it, every digest covers it.
    const at = Buffer.from(image).readUInt32LE(0x3c) + 8;
    image[at] = (image[at] ?? 0) ^ 1;
    const { api } = service;
    const refused = await api.finished(await api.submit(await cabinetWith(service, image)));
    assert.equal(refused.workflowStatus.currentStep, 'preparation');
    assert.equal(refused.workflowStatus.state, 'failed');
    assert.match(
      refused.workflowStatus.messages.join(),
      /echo\.sys carries a signature that does not hold: .*Sign the file again as the last step/,
    );
    const replaced = await submit(service, { isTestSign: true }, image);
    assert.equal((await verified(service, replaced.image)).ok, true);
  });

  test('of a profile with page hashes is what osslsigncode computes', async (t) => {
    if (!hasTools(t, 'osslsigncode')) return;
    const { image } = await submit(service, { isFlightSign: true });
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'echo.sys'), image);
    const args = ['verify', '-CAfile', join(service.dataDirectory, 'ca.pem'), '-in', 'echo.sys'];
    const said = await runTool('osslsigncode', args, folder);
    assert.match(said, /Page hash algorithm {2}: SHA256/);
    assert.match(said, /Signature verification: ok/);
  });
});

/** A time-stamping authority of somebody else, which fails the first `failures` requests. */
async function strangersAuthority(
  t: { after(cleanup: () => unknown): void },
  failures: number,
): Promise<{ url: string; key: SigningKey; requests: () => number }> {
  const key = createLocalKey({
    ...makeKey({
      subject: { commonName: 'Stamps' },
      extendedKeyUsages: [OID.timeStamping],
      extendedKeyUsagesCritical: true,
    }),
    chain: [],
  });
  const { authority } = createTimestamps(key, systemClock);
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests += 1;
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (requests <= failures) response.writeHead(503).end();
    else response.end(await authority.respond(Buffer.concat(chunks)));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, key, requests: () => requests };
}

test('stamps come from the first authority that gives one, however often it takes', async (t) => {
  const asleep = await strangersAuthority(t, Number.POSITIVE_INFINITY);
  // Two attempts in each run of the step: the first run fails, the second succeeds at once.
  const awake = await strangersAuthority(t, 2);
  const service = await runService(t, { timestampUrls: [asleep.url, awake.url], log: () => undefined });
  const { image, catalog } = await submit(service, {});
  for (const bytes of [image, catalog]) {
    const { signatures } = await verifyFile(bytesSource(bytes), {
      anchors: [service.authority],
      timestampAnchors: [awake.key.certificate],
    });
    assert.equal(signatures[0]?.timestamps[0]?.authority?.thumbprint, awake.key.certificate.thumbprint);
    assert.deepEqual(signatures[0].timestamps[0].problems, []);
  }
  assert.equal(awake.requests(), 4);
});
