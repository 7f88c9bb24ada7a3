// The time-stamping authority, as openssl's own client of RFC 3161 sees it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { digestOf } from '../../src/bytes.ts';
import { write } from '../../src/der/index.ts';
import {
  createTimestampAuthority,
  encodePem,
  encodeTimestampRequest,
  parseTimestampRequest,
  parseTimestampResponse,
  parseTimestampToken,
  SigningError,
} from '../../src/index.ts';
import { makeAuthority } from '../support/authority.ts';
import { damagedCopies } from '../support/damage.ts';
import { hasTool, makeFolder, runTool } from '../support/external-tool.ts';
import { makeTimestampAuthority, TEST_POLICY } from '../support/timestamp-authority.ts';

const authorities = { rsa: makeTimestampAuthority(), ec: makeTimestampAuthority({ type: 'ec' }) };
const message = Buffer.from('what is stamped');

function makeStampFolder(t: TestContext, type: 'rsa' | 'ec' = 'rsa'): string {
  const { root, certificate } = authorities[type];
  return makeFolder(t, {
    message,
    other: 'something else',
    'root.pem': encodePem('CERTIFICATE', root.bytes),
    'stamper.pem': encodePem('CERTIFICATE', certificate.bytes),
  });
}

/** Makes a request with openssl and stores the authority's answer beside it. */
async function answer(folder: string, type: 'rsa' | 'ec', ...options: string[]): Promise<void> {
  const query = runTool('openssl', ['ts', '-query', '-data', 'message', '-out', 'request', ...options], folder);
  assert.equal(query.status, 0, query.output);
  const response = await authorities[type].authority.respond(readFileSync(join(folder, 'request')));
  writeFileSync(join(folder, 'response'), response);
}

describe('openssl', () => {
  for (const type of ['rsa', 'ec'] as const) {
    for (const algorithm of ['sha256', 'sha384', 'sha512']) {
      test(`verifies a stamp by an ${type} key over a ${algorithm} imprint`, async (t) => {
        if (!hasTool(t, 'openssl')) return;
        const folder = makeStampFolder(t, type);
        await answer(folder, type, `-${algorithm}`, '-cert');
        const verify = ['ts', '-verify', '-in', 'response', '-CAfile', 'root.pem'];
        assert.match(runTool('openssl', [...verify, '-queryfile', 'request'], folder).output, /^Verification: OK$/m);
        assert.match(runTool('openssl', [...verify, '-data', 'message'], folder).output, /^Verification: OK$/m);
        assert.match(runTool('openssl', [...verify, '-data', 'other'], folder).output, /^Verification: FAILED$/m);
      });
    }
  }

  test('needs the certificate from elsewhere when it was not requested', async (t) => {
    if (!hasTool(t, 'openssl')) return;
    const folder = makeStampFolder(t);
    await answer(folder, 'rsa', '-sha256');
    const verify = ['ts', '-verify', '-in', 'response', '-queryfile', 'request', '-CAfile', 'root.pem'];
    assert.match(runTool('openssl', verify, folder).output, /FAILED/);
    assert.match(runTool('openssl', [...verify, '-untrusted', 'stamper.pem'], folder).output, /^Verification: OK$/m);
  });

  test('prints what is in a response', async (t) => {
    if (!hasTool(t, 'openssl')) return;
    const folder = makeStampFolder(t);
    const before = Math.floor(Date.now() / 1000) * 1000;
    await answer(folder, 'rsa', '-sha512', '-cert', '-tspolicy', TEST_POLICY);
    const { output } = runTool('openssl', ['ts', '-reply', '-in', 'response', '-text'], folder);
    assert.match(output, /Status: Granted\./);
    assert.match(output, new RegExp(`Policy OID: ${TEST_POLICY.replaceAll('.', '\\.')}`));
    assert.match(output, /Hash Algorithm: sha512/);
    assert.match(output, /TSA: DirName:\/O=Assay tests\/CN=Test Stamper/);
    assert.match(output, /Nonce: 0x[0-9A-F]+/);
    const time = /Time stamp: (.*) GMT/.exec(output)?.[1];
    const stamped = new Date(`${time} UTC`).getTime();
    assert.ok(stamped >= before && stamped <= Date.now(), `the stamped time is ${time}`);
  });

  test('prints why a request was refused', async (t) => {
    if (!hasTool(t, 'openssl')) return;
    const folder = makeStampFolder(t);
    const refusal = async (...options: string[]) => {
      await answer(folder, 'rsa', ...options);
      return runTool('openssl', ['ts', '-reply', '-in', 'response', '-text'], folder).output;
    };
    assert.match(await refusal('-sha1'), /Status: Rejected\..*use SHA-256.*unrecognized or unsupported algorithm/s);
    assert.match(await refusal('-tspolicy', '1.2.3.4'), /the only policy is.*TSA policy is not supported/s);
  });

  test('reads a time with fractions and an accuracy', async (t) => {
    if (!hasTool(t, 'openssl')) return;
    const now = new Date('2031-02-03T04:05:06.780Z');
    const validity = { notBefore: new Date('2030-01-01'), notAfter: new Date('2032-01-01') };
    const accuracy = { seconds: 1, milliseconds: 200, microseconds: 999 };
    const { authority } = makeTimestampAuthority({ now: () => now, validity, accuracy, serialNumber: () => 0x80n });
    const digest = digestOf('sha256', message);
    const response = await authority.respond(encodeTimestampRequest({ algorithm: 'sha256', digest }));
    const { output } = runTool('openssl', ['ts', '-reply', '-in', 'r', '-text'], makeFolder(t, { r: response }));
    assert.match(output, /Time stamp: Feb {2}3 04:05:06\.78 2031 GMT/);
    assert.match(output, /Accuracy: (0x01|1) seconds, (0xC8|200) millis, (0x03E7|999) micros/);
    assert.match(output, /Serial number: 0x80/);
    const { info } = parseTimestampToken(parseTimestampResponse(response).token ?? new Uint8Array(0));
    assert.deepEqual(info.accuracy, accuracy);
    assert.equal(info.time.toISOString(), now.toISOString());
    assert.equal(info.timeText, '20310203040506.78Z');
    assert.equal(info.serialNumber, 0x80n);
    assert.equal(info.nonce, undefined);
    assert.equal(info.authorityName, 'CN=Test Stamper,O=Assay tests');
  });

  test('and this package write and read the same requests', (t) => {
    if (!hasTool(t, 'openssl')) return;
    const digest = digestOf('sha384', message);
    const ours = encodeTimestampRequest({
      algorithm: 'sha384',
      digest,
      nonce: 0xf123_4567_89ab_cdefn,
      policy: TEST_POLICY,
      certificateRequested: true,
    });
    const folder = makeFolder(t, { ours, message });
    const { output } = runTool('openssl', ['ts', '-query', '-in', 'ours', '-text'], folder);
    assert.match(output, /Hash Algorithm: sha384/);
    assert.match(output, /Nonce: 0xF123456789ABCDEF/);
    assert.match(output, /Certificate required: yes/);
    const arguments_ = ['ts', '-query', '-data', 'message', '-sha384', '-cert', '-tspolicy', TEST_POLICY, '-out', 'q'];
    assert.equal(runTool('openssl', arguments_, folder).status, 0);
    const theirs = parseTimestampRequest(readFileSync(join(folder, 'q')));
    assert.deepEqual(
      { ...theirs, imprint: { ...theirs.imprint, bytes: undefined }, nonce: undefined },
      {
        imprint: {
          bytes: undefined,
          algorithm: 'sha384',
          algorithmOid: '2.16.840.1.101.3.4.2.2',
          digest: Buffer.from(digest),
        },
        policy: TEST_POLICY,
        nonce: undefined,
        certificateRequested: true,
        extensions: [],
      },
    );
    assert.ok(theirs.nonce !== undefined && theirs.nonce > 0n);
  });
});

describe('what is refused', () => {
  const digest = digestOf('sha256', message);
  const ask = async (request: Uint8Array) => parseTimestampResponse(await authorities.rsa.authority.respond(request));
  const good = encodeTimestampRequest({ algorithm: 'sha256', digest });

  test('garbage, and requests that are cut off or too large', async () => {
    for (const request of [
      new Uint8Array(0),
      Buffer.from('GET / HTTP/1.1'),
      good.subarray(0, 20),
      new Uint8Array(20_000),
    ]) {
      const response = await ask(request);
      assert.equal(response.status, 'rejection');
      assert.deepEqual(response.failures, ['badDataFormat']);
      assert.equal(response.token, undefined);
    }
  });

  test('another version, an imprint of the wrong size, an unknown digest, an extension', async () => {
    const imprint = (oid: string, size: number) =>
      write.sequence([write.algorithmIdentifier(oid), write.octetString(new Uint8Array(size))]);
    const sha256 = '2.16.840.1.101.3.4.2.1';
    const extension = write.sequence([write.oid('1.2.3.4'), write.octetString(write.nullValue())]);
    const cases = [
      { parts: [write.integer(2), imprint(sha256, 32)], failure: 'badRequest' },
      { parts: [write.integer(1), imprint(sha256, 20)], failure: 'badDataFormat' },
      { parts: [write.integer(1), imprint('1.2.840.113549.2.5', 16)], failure: 'badAlg' },
      {
        parts: [write.integer(1), imprint(sha256, 32), write.contextExplicit(0, extension)],
        failure: 'unacceptedExtension',
      },
    ];
    for (const { parts, failure } of cases) {
      const { status, failures, statusText } = await ask(write.sequence(parts));
      assert.equal(status, 'rejection');
      assert.deepEqual(failures, [failure]);
      assert.equal(statusText.length, 1);
    }
  });

  test('stamping outside the validity of its own certificate', async () => {
    const { authority } = makeTimestampAuthority({ now: () => new Date('2001-01-01') });
    assert.deepEqual(parseTimestampResponse(await authority.respond(good)).failures, ['systemFailure']);
  });

  test('a certificate that is not for time stamping alone', () => {
    const { key } = makeAuthority();
    assert.throws(
      () => createTimestampAuthority({ key, policy: TEST_POLICY }),
      (error) => error instanceof SigningError && error.code === 'wrong-usage',
    );
  });
});

test('serial numbers differ, and the nonce comes back', async () => {
  const digest = digestOf('sha256', message);
  const serialNumbers = new Set<bigint>();
  for (let nonce = 1n; nonce <= 5n; nonce++) {
    const request = encodeTimestampRequest({ algorithm: 'sha256', digest, nonce });
    const { token } = parseTimestampResponse(await authorities.ec.authority.respond(request));
    assert.ok(token);
    const { info } = parseTimestampToken(token);
    assert.equal(info.nonce, nonce);
    assert.ok(info.serialNumber > 0n);
    serialNumbers.add(info.serialNumber);
  }
  assert.equal(serialNumbers.size, 5);
});

test('damaged requests are answered, never a crash', async () => {
  const request = encodeTimestampRequest({ algorithm: 'sha256', digest: digestOf('sha256', message), nonce: 77n });
  for (const damaged of damagedCopies(request, 400)) {
    const response = parseTimestampResponse(await authorities.ec.authority.respond(damaged));
    assert.ok(response.status === 'granted' || response.failures.length === 1);
  }
});
