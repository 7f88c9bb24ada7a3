import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  BlobSASPermissions,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { createSas, SAS_VERSION } from '../../src/blob/sas.ts';
import { blobUrl, SAS_LIFETIMES } from '../../src/blob/urls.ts';

const NOW = new Date('2026-03-04T05:06:07Z');
const LATER = new Date('2026-03-05T05:06:07Z');
const accountKey = randomBytes(64);
const credential = new StorageSharedKeyCredential('assaystore', accountKey.toString('base64'));
const sas = createSas({ accountName: 'assaystore', accountKey, clock: () => NOW });

type OfficialOptions = Partial<Parameters<typeof generateBlobSASQueryParameters>[0]>;

function officialQuery(options: OfficialOptions): string {
  const parameters = generateBlobSASQueryParameters(
    {
      containerName: 'ingestion',
      blobName: 'a/package.cab',
      permissions: BlobSASPermissions.parse('rw'),
      expiresOn: LATER,
      ...options,
    },
    credential,
  );
  return parameters.toString();
}

function official(options: OfficialOptions = {}): URLSearchParams {
  return new URLSearchParams(officialQuery(options));
}

function code(searchParams: URLSearchParams, permission = 'r', client?: { protocol: string; address: string }): string {
  const result = sas.verify('ingestion', 'a/package.cab', searchParams, permission, client);
  return result.ok ? 'ok' : result.error.code;
}

test('our query string is the one that the Azure SDK makes for the same key', () => {
  for (const fileName of [undefined, 'Signed_1152921504621441930.zip']) {
    const ours = sas.sign({
      container: 'ingestion',
      blob: 'a/package.cab',
      permissions: 'rw',
      expiresAt: LATER,
      ...(fileName === undefined ? {} : { fileName }),
    });
    const theirs = officialQuery({
      version: SAS_VERSION,
      ...(fileName === undefined ? {} : { contentDisposition: `attachment; filename=${fileName}` }),
    });
    assert.equal(ours, theirs);
  }
});

test('the file name can be read from the unescaped query, which has no spaces or plus signs', () => {
  const query = sas.sign({
    container: 'ingestion',
    blob: 'x',
    permissions: 'rl',
    expiresAt: LATER,
    fileName: 'Signed 1-2/ö.zip',
  });
  assert.match(query, /&rscd=attachment%3B%20filename%3DSigned_1_2__.zip&/);
  assert.equal(/filename\s*=\s*(?<name>[\w.]+)/.exec(decodeURIComponent(query))?.groups?.name, 'Signed_1_2__.zip');
  assert.doesNotMatch(query, /[ +]/);
  assert.equal(new URLSearchParams(query).get('rscd'), 'attachment; filename=Signed_1_2__.zip');
});

test('a signature made by the Azure SDK is accepted, with its default version and with a start', () => {
  assert.equal(code(official()), 'ok');
  assert.equal(code(official(), 'w'), 'ok');
  assert.equal(code(official({ startsOn: new Date(NOW.getTime() - 1000) })), 'ok');
  const result = sas.verify('ingestion', 'a/package.cab', official({ contentType: 'application/zip' }), 'r');
  assert.deepEqual(result, { ok: true, overrides: { 'content-type': 'application/zip' } });
});

test('restrictions on protocol and address hold', () => {
  const secure = official({ protocol: SASProtocol.Https });
  assert.equal(code(secure, 'r', { protocol: 'https', address: '127.0.0.1' }), 'ok');
  assert.equal(code(secure, 'r', { protocol: 'http', address: '127.0.0.1' }), 'AuthorizationProtocolMismatch');
  assert.equal(code(secure), 'AuthorizationProtocolMismatch');
  const nearby = official({ ipRange: { start: '10.0.0.1', end: '10.0.0.9' } });
  assert.equal(code(nearby, 'r', { protocol: 'http', address: '::ffff:10.0.0.5' }), 'ok');
  assert.equal(code(nearby, 'r', { protocol: 'http', address: '10.0.0.10' }), 'AuthorizationSourceIPMismatch');
  assert.equal(code(nearby), 'AuthorizationSourceIPMismatch');
});

test('expired, early, tampered and foreign signatures are refused', () => {
  assert.equal(code(official({ expiresOn: NOW })), 'AuthenticationFailed');
  assert.equal(code(official({ startsOn: new Date(NOW.getTime() + 1000) })), 'AuthenticationFailed');
  assert.equal(code(official({ blobName: 'another' })), 'AuthenticationFailed');
  assert.equal(code(official({ containerName: 'downloads' })), 'AuthenticationFailed');
  assert.equal(code(new URLSearchParams()), 'AuthenticationFailed');
  for (const [name, value] of [
    ['sp', 'rwd'],
    ['se', '2030-01-01T00:00:00Z'],
    ['sr', 'c'],
    ['sv', '2025-01-05'],
    ['sv', '2015-04-05'],
    ['st', '2020-01-01'],
    ['rscd', 'attachment; filename=evil.exe'],
    ['si', 'policy'],
    ['sig', ''],
  ] as const) {
    const tampered = official();
    tampered.set(name, value);
    assert.equal(code(tampered), 'AuthenticationFailed', `${name}=${value}`);
  }
  const doubled = official();
  doubled.append('sp', 'rwd');
  assert.equal(code(doubled), 'AuthenticationFailed');
});

test('every other spelling of the signature is refused', () => {
  const signature = official().get('sig') ?? '';
  for (let index = 0; index < signature.length; index += 1) {
    const tampered = official();
    const character = signature[index] === 'A' ? 'B' : 'A';
    tampered.set('sig', signature.slice(0, index) + character + signature.slice(index + 1));
    assert.equal(code(tampered), 'AuthenticationFailed');
  }
});

test('a permission that was not granted is refused', () => {
  const readOnly = official({ permissions: BlobSASPermissions.parse('r') });
  assert.equal(code(readOnly, 'r'), 'ok');
  assert.equal(code(readOnly, 'w'), 'AuthorizationPermissionMismatch');
});

test('a URL lives as long as its use needs', () => {
  const upload = new URL(
    blobUrl('http://127.0.0.1:1/', sas, { container: 'ingestion', blob: 'ä b/c', permissions: 'rwl' }),
  );
  assert.equal(upload.pathname, '/assaystore/ingestion/%C3%A4%20b/c');
  const expiresWithinAMinuteAfter = (url: URL, lifetime: number): void => {
    const expiry = Date.parse(url.searchParams.get('se') ?? '');
    assert.equal(expiry % 60_000, 0, 'a whole minute, so that polling clients get the same URL again');
    assert.ok(expiry >= NOW.getTime() + lifetime && expiry < NOW.getTime() + lifetime + 60_000);
  };
  expiresWithinAMinuteAfter(upload, SAS_LIFETIMES.upload);
  const download = new URL(blobUrl('http://h', sas, { container: 'ingestion', blob: 'x', permissions: 'rl' }));
  expiresWithinAMinuteAfter(download, SAS_LIFETIMES.download);
  assert.equal(sas.verify('ingestion', 'ä b/c', upload.searchParams, 'w').ok, true);
});
