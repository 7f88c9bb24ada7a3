// The client: what it sends, which tokens it takes, when it tries again, and what it says when there is none.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestOf } from '../../src/bytes.ts';
import { decodeDer, write } from '../../src/der/index.ts';
import {
  createCertificate,
  createLocalKey,
  createTimestamper,
  encodeGrantedResponse,
  encodeRejection,
  encodeTimestampRequest,
  OID,
  ParseError,
  parseTimestampRequest,
  parseTimestampResponse,
  parseTimestampToken,
  SigningError,
  type TimestampAttempt,
  type TimestampTransport,
  TimestampTransportError,
  verifyTimestampToken,
} from '../../src/index.ts';
import { VALID_NOW } from '../support/authority.ts';
import { damagedCopies } from '../support/damage.ts';
import { hasTool } from '../support/external-tool.ts';
import { makeTimestampAuthority, makeToken, TEST_POLICY } from '../support/timestamp-authority.ts';
import { makeOpensslAuthority, OPENSSL_POLICY } from './openssl-authority.ts';

const stamper = makeTimestampAuthority();
const message = Buffer.from('a signature value');
const respond: TimestampTransport = (_url, request) => stamper.authority.respond(request);

/** The message of the failure of a timestamper that gets its answers from `send`, and the attempts that it made. */
async function failureOf(send: TimestampTransport, urls: readonly string[] = ['http://one.test/']) {
  const attempts: TimestampAttempt[] = [];
  const stamp = createTimestamper({ urls, send, retryDelayMs: 1, onAttempt: (attempt) => attempts.push(attempt) });
  try {
    await stamp(message);
  } catch (error) {
    assert.ok(error instanceof SigningError);
    assert.equal(error.code, 'timestamp-failed');
    return { text: error.message, attempts };
  }
  return assert.fail('there was a token');
}

test('a token is what was asked for', async () => {
  const requests: Uint8Array[] = [];
  const stamp = createTimestamper({
    urls: ['http://one.test/'],
    digestAlgorithm: 'sha384',
    policy: TEST_POLICY,
    random: () => Uint8Array.from([0xff, 1, 2, 3, 4, 5, 6, 7]),
    send(url, request, signal) {
      requests.push(request);
      return respond(url, request, signal);
    },
  });
  const { info } = parseTimestampToken(await stamp(message));
  assert.equal(info.imprint.algorithm, 'sha384');
  assert.equal(info.nonce, 0xff01_0203_0405_0607n);
  const [request, ...others] = requests.map(parseTimestampRequest);
  assert.equal(others.length, 0);
  assert.equal(request?.certificateRequested, true);
  assert.equal(request?.policy, TEST_POLICY);
  assert.equal(request?.nonce, info.nonce);
});

test('tokens of openssl are taken, whichever form of the certificate attribute they carry', async (t) => {
  if (!hasTool(t, 'openssl')) return;
  for (const certificateDigest of ['sha1', 'sha256'] as const) {
    for (const authority of [stamper, makeTimestampAuthority({ type: 'ec' })]) {
      const answer = makeOpensslAuthority(t, authority, { certificateDigest });
      const stamp = createTimestamper({ urls: ['openssl'], send: async (_url, request) => answer(request) });
      const token = await stamp(message);
      const verified = verifyTimestampToken(token, { message, anchors: [authority.root] });
      assert.deepEqual(verified.problems, []);
      assert.equal(verified.policy, OPENSSL_POLICY);
      const { info, signerInfo } = parseTimestampToken(token);
      assert.deepEqual(info.accuracy, { seconds: 2, milliseconds: 30, microseconds: 4 });
      assert.equal(info.ordering, true);
      const attribute = certificateDigest === 'sha1' ? OID.signingCertificate : OID.signingCertificateV2;
      assert.ok(signerInfo.signedAttributes.some(({ type }) => type === attribute));
    }
  }
});

describe('answers in BER', () => {
  const indefinite = (tag: number, ...parts: readonly Uint8Array[]) =>
    Buffer.concat([Uint8Array.of(tag, 0x80), ...parts, Uint8Array.of(0, 0)]);

  /** The answer with indefinite lengths around its signed parts, and the TSTInfo in two pieces. */
  function toBer(response: Uint8Array): Uint8Array {
    const [status, token] = decodeDer(response).children();
    const [type, explicit] = token?.children() ?? [];
    const [version, digests, content, certificates, signers] = explicit?.inner().children() ?? [];
    const [contentType, wrapped] = content?.children() ?? [];
    assert.ok(status && type && version && digests && contentType && wrapped && certificates && signers);
    const info = wrapped.inner().value;
    const pieces = [info.subarray(0, 10), info.subarray(10)].map(write.octetString);
    return indefinite(
      0x30,
      status.bytes,
      indefinite(
        0x30,
        type.bytes,
        indefinite(
          0xa0,
          indefinite(
            0x30,
            version.bytes,
            digests.bytes,
            indefinite(0x30, contentType.bytes, indefinite(0xa0, indefinite(0x24, ...pieces))),
            indefinite(0xa0, certificates.value),
            indefinite(0x31, signers.value),
          ),
        ),
      ),
    );
  }

  test('give tokens in DER', async () => {
    const stamp = createTimestamper({
      urls: ['http://one.test/'],
      send: async (url, request, signal) => toBer(await respond(url, request, signal)),
    });
    const verified = verifyTimestampToken(await stamp(message), { message, anchors: [stamper.root] });
    assert.deepEqual(verified.problems, []);
  });

  test('are the same tokens, byte for byte', async () => {
    const digest = digestOf('sha256', message);
    const request = encodeTimestampRequest({ algorithm: 'sha256', digest, certificateRequested: true });
    const der = await stamper.authority.respond(request);
    assert.deepEqual(parseTimestampResponse(toBer(der)), parseTimestampResponse(der));
  });

  test('are refused when malformed', async () => {
    const digest = digestOf('sha256', message);
    const ber = toBer(
      await stamper.authority.respond(
        encodeTimestampRequest({ algorithm: 'sha256', digest, certificateRequested: true }),
      ),
    );
    const refused = (error: unknown) => error instanceof ParseError;
    const endless = new Uint8Array(1000).fill(0x30).map((octet, at) => (at % 2 === 0 ? octet : 0x80));
    const bad = [ber.subarray(0, -2), Buffer.concat([ber, Uint8Array.of(0)]), endless, Uint8Array.of(0x04, 0x80, 0, 0)];
    for (const bytes of [...bad, Uint8Array.of(0x24, 0x03, 0x02, 0x01, 0), new Uint8Array(2_000_000)]) {
      assert.throws(() => parseTimestampResponse(bytes), refused);
    }
    for (const damaged of damagedCopies(ber, 2000)) {
      try {
        parseTimestampResponse(damaged);
      } catch (error) {
        assert.ok(refused(error), String(error));
      }
    }
  });
});

describe('attempts', () => {
  test('a failing address is tried again, then the next one is asked', async () => {
    const asked: string[] = [];
    const stamp = createTimestamper({
      urls: ['http://user:secret@one.test/', 'http://two.test/', 'http://three.test/'],
      retryDelayMs: 1,
      async send(url, request, signal) {
        asked.push(url);
        if (url.includes('one')) throw new Error('fetch failed', { cause: new Error('connection refused') });
        if (asked.length < 4) throw new TimestampTransportError('it answered with HTTP status 503', true);
        return respond(url, request, signal);
      },
    });
    parseTimestampToken(await stamp(message));
    const one = 'http://user:secret@one.test/';
    assert.deepEqual(asked, [one, one, 'http://two.test/', 'http://two.test/']);
  });

  test('the error names each address and why, but no password', async () => {
    const { text, attempts } = await failureOf(
      async (url) => {
        if (url.includes('one')) throw new Error('fetch failed', { cause: new Error('connection refused') });
        if (url.includes('two')) throw new TimestampTransportError('it answered with HTTP status 404', false);
        return encodeRejection('badAlg', 'only MD5 here');
      },
      ['http://user:secret@one.test/', 'http://two.test/', 'http://three.test/'],
    );
    assert.match(text, /http:\/\/one\.test\/: fetch failed: connection refused \(2 attempts\);/);
    assert.match(text, /http:\/\/two\.test\/: it answered with HTTP status 404;/);
    assert.match(text, /http:\/\/three\.test\/: .*'rejection' \(badAlg: .*not supported; "only MD5 here"\)$/);
    assert.doesNotMatch(text, /secret/);
    assert.deepEqual(
      attempts.map(({ url, attempt }) => [url, attempt]),
      [
        ['http://one.test/', 1],
        ['http://one.test/', 2],
        ['http://two.test/', 1],
        ['http://three.test/', 1],
      ],
    );
    assert.ok(attempts.every(({ failure, durationMs }) => failure !== undefined && durationMs >= 0));
  });

  test('an authority that has no time now is asked again', async () => {
    const { attempts } = await failureOf(async () => encodeRejection('timeNotAvailable', 'later'));
    assert.equal(attempts.length, 2);
  });

  test('waiting has an end, even when the transport does not listen', async () => {
    const stamp = createTimestamper({
      urls: ['http://one.test/'],
      attemptsPerUrl: 1,
      timeoutMs: 30,
      send: () => new Promise(() => {}),
    });
    await assert.rejects(stamp(message), /no answer within 30 ms/);
  });

  test('without an address there is no timestamper', () => {
    assert.throws(
      () => createTimestamper({ urls: [], send: respond }),
      (error) => error instanceof SigningError && error.code === 'no-timestamp-url',
    );
  });
});

describe('tokens that are refused', () => {
  const refusal = async (send: TimestampTransport) => {
    const { text, attempts } = await failureOf(send);
    assert.equal(attempts.length, 1, 'trying again is useless');
    return text;
  };

  test('one over another message, and one for another request', async () => {
    const other = createTimestamper({ urls: ['x'], send: respond });
    const otherMessage = await other(Buffer.from('another'));
    assert.match(await refusal(async () => encodeGrantedResponse(otherMessage)), /over something else/);
    const otherRequest = await other(message);
    assert.match(await refusal(async () => encodeGrantedResponse(otherRequest)), /nonce is not the one/);
  });

  test('one that was changed', async () => {
    const text = await refusal(async (url, request, signal) => {
      const response = Buffer.from(await respond(url, request, signal));
      const { token } = parseTimestampResponse(response);
      assert.ok(token);
      const name = response.indexOf('Test Stamper');
      response[name] = 0x42;
      return response;
    });
    assert.match(text, /not genuine/);
  });

  test('one without the certificate that was asked for', async () => {
    const text = await refusal((url, request, signal) => {
      const { imprint, nonce } = parseTimestampRequest(request);
      const bare = [write.integer(1), imprint.bytes, ...(nonce === undefined ? [] : [write.integer(nonce)])];
      return respond(url, write.sequence(bare), signal);
    });
    assert.match(text, /lacks the certificate/);
  });

  test('one under another policy', async () => {
    const stamp = createTimestamper({
      urls: ['http://one.test/'],
      policy: '1.2.3',
      send(url, request, signal) {
        const { imprint, nonce } = parseTimestampRequest(request);
        const number = nonce === undefined ? [] : [write.integer(nonce)];
        return respond(url, write.sequence([write.integer(1), imprint.bytes, ...number, write.boolean(true)]), signal);
      },
    });
    await assert.rejects(stamp(message), /under policy 1\.3\.6\.1\.4\.1\.99999\.1, not 1\.2\.3/);
  });

  test('one signed with a weaker digest', async (t) => {
    if (!hasTool(t, 'openssl')) return;
    const answer = makeOpensslAuthority(t, stamper, { signerDigest: 'sha1' });
    assert.match(await refusal(async (_url, request) => answer(request)), /signs with sha1, which is weaker/);
  });

  test('one by a certificate that may do more than stamp', async () => {
    const { rootKeys, root, certificateKeys } = stamper;
    for (const extra of [
      { extendedKeyUsages: [OID.timeStamping], extendedKeyUsagesCritical: false },
      { extendedKeyUsages: [OID.timeStamping, OID.codeSigning], extendedKeyUsagesCritical: true },
      { extendedKeyUsages: [OID.codeSigning], extendedKeyUsagesCritical: true },
      {},
    ]) {
      const certificate = createCertificate({
        subject: { commonName: 'Bad Stamper' },
        issuer: { certificate: root, privateKey: rootKeys.privateKey },
        publicKey: certificateKeys.publicKey,
        ...extra,
        ...VALID_NOW,
      });
      const key = createLocalKey({ privateKey: certificateKeys.privateKey, certificate, chain: [] });
      const text = await refusal(async (_url, request) => {
        const nonce = parseTimestampRequest(request).nonce ?? 0n;
        return encodeGrantedResponse(await makeToken({ key, message, nonce }));
      });
      assert.match(text, /'CN=Bad Stamper' (may not be used for time stamping|must have time stamping as its only)/);
    }
  });

  test('granted without a token, garbage, and every damaged answer', async () => {
    const granted = write.sequence([write.sequence([write.integer(0)])]);
    assert.match(await refusal(async () => granted), /no token/);
    assert.match(await refusal(async () => Buffer.from('<html>')), /malformed/);
    const stamp = createTimestamper({ urls: ['x'], send: respond, random: () => new Uint8Array(8).fill(1) });
    const good = encodeGrantedResponse(await stamp(message));
    let taken = 0;
    for (const damaged of damagedCopies(good, 600)) {
      const result = createTimestamper({
        urls: ['http://one.test/'],
        random: () => new Uint8Array(8).fill(1),
        retryDelayMs: 0,
        send: async () => damaged,
      })(message);
      await result.then(
        () => {
          taken += 1;
        },
        (error: unknown) => assert.ok(error instanceof SigningError && error.code === 'timestamp-failed'),
      );
    }
    // Bytes that nobody relies on may change: the status text, the chain, copies that happen to be the same.
    assert.ok(taken < 20, `${taken} damaged answers were taken`);
  });
});
