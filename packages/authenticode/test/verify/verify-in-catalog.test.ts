// A file verified through a catalog: the member that matches, names, and what Plug and Play makes of it.
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { toHex } from '../../src/bytes.ts';
import {
  bytesSource,
  type CatalogMember,
  type CatalogVerificationOptions,
  computeCatalogDigests,
  createCatalog,
  createLocalKey,
  parsePemCertificates,
  parseSignedData,
  SigningError,
  signFile,
  verifyCatalog,
  verifyFile,
  verifyFileInCatalog,
} from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';
import { hasTool, makeFolder, runTool } from '../support/external-tool.ts';
import { exchanged, makeSignerFamily, resultOf, signed, verdicts } from './signers.ts';

const family = makeSignerFamily();
const key = family.signer();
const anchors = [family.root];
const driver = makePeImage({ size: 5006, bits: 64 });
const inf = new TextEncoder().encode('[Version]\r\nSignature="$WINDOWS NT$"\r\n');

async function memberOf(fileName: string, bytes: Uint8Array, osAttributes: string): Promise<CatalogMember> {
  return { fileName, osAttributes, ...(await computeCatalogDigests(bytesSource(bytes))) };
}

const members = [
  await memberOf('echo.sys', driver, '2:10.0'),
  await memberOf('echo.inf', inf, '2:10.0'),
  await memberOf('echo.inf', inf, '2:6.1,2:6.3'),
];
const unsigned = createCatalog({ members, attributes: [] });
const catalog = await signed(unsigned, { key });

function verify(file: Uint8Array, options: Partial<CatalogVerificationOptions> = {}, bytes = catalog) {
  return verifyFileInCatalog(bytesSource(file), bytes, { anchors, ...options });
}

describe('a member', () => {
  test('is named, with the versions of Windows that it is for', async () => {
    const { ok, format, member, nameDiffers, policies, problems } = await verify(inf);
    assert.deepEqual([ok, format, problems, nameDiffers], [true, 'unknown', [], undefined]);
    const { sha256 } = await computeCatalogDigests(bytesSource(inf));
    assert.equal(member?.tag, toHex(sha256));
    assert.equal(member?.fileName, 'echo.inf');
    assert.deepEqual([...(member?.osAttributes ?? [])].sort(), ['2:10.0', '2:6.1', '2:6.3']);
    assert.match(resultOf(policies, 'digest').explanation, /lists this content as 'echo\.inf'/);
  });

  test('is known by its content, and another name is told of', async () => {
    const same = await verify(inf, { fileName: 'C:\\package\\ECHO.INF' });
    assert.deepEqual([same.ok, same.nameDiffers], [true, false]);
    const renamed = await verify(inf, { fileName: 'drivers/other.inf' });
    assert.deepEqual([renamed.ok, renamed.nameDiffers], [true, true]);
    assert.match(resultOf(renamed.policies, 'digest').explanation, /another name/);
  });

  test('that carries a signature of its own is still the same', async () => {
    const { ok, member } = await verify(await signed(driver, { key }));
    assert.deepEqual([ok, member?.fileName], [true, 'echo.sys']);
  });

  test('is not what was changed', async () => {
    const changed = new TextEncoder().encode('[Version]\nSignature="$WINDOWS NT$"\n');
    const { ok, member, policies, problems } = await verify(changed, { fileName: 'echo.inf' });
    assert.deepEqual([ok, member, problems.map(({ code }) => code)], [false, undefined, ['notInCatalog']]);
    assert.match(resultOf(policies, 'digest').remedy ?? '', /line endings/);
    assert.match(resultOf(policies, 'pnpInstall').explanation, /0x800F024B/);
    assert.equal(resultOf(policies, 'signature').verdict, 'met');
    const image = makePeImage({ size: 8192, bits: 64 });
    const kernel = verdicts((await verify(image)).policies);
    assert.deepEqual([kernel.kernelTestSigning, kernel.kernelProduction], ['notMet', 'notMet']);
  });
});

describe('what Windows does', () => {
  test('a driver: installs where it is trusted, loads on a test machine', async () => {
    const { policies } = await verify(driver);
    const { pnpInstall, kernelTestSigning, kernelProduction } = verdicts(policies);
    assert.deepEqual([pnpInstall, kernelTestSigning, kernelProduction], ['met', 'met', 'notMet']);
    const stores = resultOf(policies, 'pnpInstall').remedy ?? '';
    assert.match(stores, /'Contoso Root' \(thumbprint [0-9A-F]{40}\) into the Trusted Root/);
    assert.match(stores, /'Contoso Drivers' \(thumbprint [0-9A-F]{40}\) into its Trusted Publishers/);
    assert.match(resultOf(policies, 'kernelTestSigning').explanation, /starts at boot/);
  });

  test('a text file is not for the kernel', async () => {
    const { kernelTestSigning, kernelProduction, pnpInstall } = verdicts((await verify(inf)).policies);
    assert.deepEqual([kernelTestSigning, kernelProduction, pnpInstall], ['notApplicable', 'notApplicable', 'met']);
  });

  test('without trust it says what to put where', async () => {
    const { ok, policies } = await verify(driver, { anchors: [] });
    const install = resultOf(policies, 'pnpInstall');
    assert.deepEqual([ok, install.verdict], [false, 'notMet']);
    assert.match(install.explanation, /question of trust, not of format/);
    assert.match(install.remedy ?? '', /certutil -addstore Root .*certutil -addstore TrustedPublisher/);
    assert.equal(resultOf(policies, 'kernelTestSigning').verdict, 'met');
  });

  test('a catalog by itself', async () => {
    const { format, ok, policies } = await verifyFile(bytesSource(catalog), { anchors });
    const { encoding, pnpInstall, kernelTestSigning } = verdicts(policies);
    assert.deepEqual([format, ok, encoding, pnpInstall, kernelTestSigning], ['cat', true, 'met', 'met', 'met']);
  });

  test('an unsigned catalog makes an unsigned package', async () => {
    const { ok, member, policies, problems } = await verify(driver, {}, unsigned);
    assert.deepEqual([ok, member?.fileName, problems.map(({ code }) => code)], [false, 'echo.sys', ['unsigned']]);
    const { pnpInstall, kernelTestSigning, signature } = verdicts(policies);
    assert.deepEqual([pnpInstall, kernelTestSigning, signature], ['notMet', 'notMet', 'notMet']);
  });

  test('a catalog that was changed', async () => {
    const changed = Uint8Array.from(catalog);
    const at = Buffer.from(changed).indexOf(Buffer.from('echo.inf', 'utf16le'));
    changed[at] = 0x66;
    const { ok, policies } = await verify(driver, {}, changed);
    const { digest, signature, kernelTestSigning, pnpInstall } = verdicts(policies);
    assert.equal(ok, false);
    assert.deepEqual([signature, kernelTestSigning, pnpInstall], ['notMet', 'notMet', 'notMet']);
    assert.equal(digest, 'met');
  });

  test('certificates that are out of order hide the signature of a catalog from Windows', async () => {
    const middle = makeSignerFamily('Contoso Middle');
    const two = await signed(unsigned, { key: { ...key, chain: [middle.signer().certificate], sign: key.sign } });
    const [first, second] = parseSignedData(two).certificateBytes;
    assert.ok(first && second);
    assert.equal((await verifyFile(bytesSource(two), { anchors })).ok, true);
    const disordered = exchanged(two, first, second);
    const { ok, policies } = await verifyFile(bytesSource(disordered), { anchors });
    assert.equal(ok, true);
    const { encoding, signature, chain, pnpInstall } = verdicts(policies);
    assert.deepEqual([encoding, signature, chain, pnpInstall], ['notMet', 'met', 'met', 'notMet']);
    assert.match(resultOf(policies, 'encoding').explanation, /certificates are not in DER order/);
    assert.match(resultOf(policies, 'encoding').remedy ?? '', /sorts the certificates/);
  });
});

test('a catalog is verified once for all its files', async () => {
  const at = new Date();
  const { verification, verifyMember } = await verifyCatalog(catalog, { anchors, at });
  assert.deepEqual([verification.ok, verification.format], [true, 'cat']);
  const found = await verifyMember(bytesSource(inf), 'echo.inf');
  assert.deepEqual(found, await verify(inf, { fileName: 'echo.inf', at }));
  assert.equal((await verifyMember(bytesSource(new Uint8Array(3)))).member, undefined);
});

test("the test certificates of Microsoft's driver kit install, though their key usage is not for signatures", async (t) => {
  if (!hasTool(t, 'openssl')) return;
  const folder = makeFolder(t, {});
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=WDKTestCert someone'];
  const extensions = [
    '-addext',
    'keyUsage=keyEncipherment,dataEncipherment',
    '-addext',
    'extendedKeyUsage=codeSigning',
  ];
  const { status, output } = runTool('openssl', [...request, ...extensions, '-keyout', 'key', '-out', 'crt'], folder);
  assert.equal(status, 0, output);
  const [certificate] = parsePemCertificates(readFileSync(join(folder, 'crt'), 'utf8'));
  assert.ok(certificate);
  const privateKey = createPrivateKey(readFileSync(join(folder, 'key')));
  const kitKey = createLocalKey({ privateKey, certificate, chain: [] });
  const kitCatalog = await signed(unsigned, { key: kitKey });
  const trusted = await verify(driver, { anchors: [certificate] }, kitCatalog);
  assert.equal(trusted.ok, false);
  const { chain, usage, pnpInstall, kernelTestSigning } = verdicts(trusted.policies);
  assert.deepEqual([chain, usage, pnpInstall, kernelTestSigning], ['met', 'notMet', 'met', 'met']);
  assert.match(resultOf(trusted.policies, 'usage').explanation, /Windows does not ask for that key usage/);
  const untrusted = await verify(driver, { anchors: [] }, kitCatalog);
  const install = resultOf(untrusted.policies, 'pnpInstall');
  assert.deepEqual([install.verdict, /certutil/.test(install.remedy ?? '')], ['notMet', true]);
});

test('version 1 knows files by SHA-1 only', async () => {
  const old = await signed(createCatalog({ version: 1, members, attributes: [] }), { key });
  const weak = await verify(driver, {}, old);
  assert.deepEqual([weak.ok, weak.problems.map(({ code }) => code)], [false, ['weakDigest']]);
  assert.match(resultOf(weak.policies, 'digest').remedy ?? '', /version 2/);
  assert.equal((await verify(driver, { allowSha1: true }, old)).ok, true);
});

test('what is no catalog', async () => {
  const { ok, member, policies, problems } = await verify(driver, {}, await signed(driver, { key }));
  assert.deepEqual([ok, member, problems.map(({ code }) => code)], [false, undefined, ['malformed']]);
  assert.equal(resultOf(policies, 'pnpInstall').verdict, 'notMet');
  const isUnknown = (error: unknown) => error instanceof SigningError && error.code === 'unknown-format';
  await assert.rejects(signFile(bytesSource(inf), { key }), isUnknown);
});
