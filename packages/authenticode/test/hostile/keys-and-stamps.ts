// Hostile key files, PEM text and time stamps.
import { Buffer } from 'node:buffer';
import { decodeDer, write } from '../../src/der/index.ts';
import { encodePem, OID, parsePemCertificates, readPkcs12, readPrivateKeyPem, writePkcs12 } from '../../src/index.ts';
import {
  encodeTimestampRequest,
  parseTimestampRequest,
  parseTimestampResponse,
  parseTimestampToken,
} from '../../src/timestamp/index.ts';
import { makeAuthority } from '../support/authority.ts';
import { changed, type HostileSample, hex, text } from './hostile-sample.ts';

const { leaf, leafKeys, intermediate } = makeAuthority('ec');
const password = 'secret';
const keyFile = writePkcs12({
  privateKey: leafKeys.privateKey,
  certificate: leaf,
  chain: [intermediate],
  password,
  iterations: 1,
});
const fileParts = () =>
  decodeDer(keyFile)
    .children()
    .map(({ bytes }) => bytes);
const openKey = (input: Uint8Array) => readPkcs12(input, password);

/** The file with another MAC: digest algorithm, digest and salt as they were, other iterations. */
function withIterations(iterations: Uint8Array): Uint8Array {
  const [version = hex(''), contents = hex(''), mac = hex('')] = fileParts();
  const [digest = hex(''), salt = hex('')] = decodeDer(mac)
    .children()
    .map(({ bytes }) => bytes);
  return write.sequence([version, contents, write.sequence([digest, salt, iterations])]);
}

const PKCS12: readonly HostileSample[] = [
  {
    tries: 'four billion iterations',
    input: () => withIterations(write.element(2, hex('00ffffffff'))),
    read: openKey,
    refusal: 'pkcs12/bad-iterations',
  },
  {
    tries: 'no iterations',
    input: () => withIterations(hex('020100')),
    read: openKey,
    refusal: 'pkcs12/bad-iterations',
  },
  {
    tries: 'minus one iterations',
    input: () => withIterations(hex('0201ff')),
    read: openKey,
    refusal: 'der/integer-out-of-range',
  },
  {
    tries: 'no MAC, so that anyone could have made it',
    input: () => write.sequence(fileParts().slice(0, 2)),
    read: openKey,
    refusal: 'pkcs12/no-mac',
  },
  {
    tries: 'version 4',
    input: () => write.sequence([write.integer(4), ...fileParts().slice(1)]),
    read: openKey,
    refusal: 'pkcs12/unsupported-version',
  },
  {
    tries: 'protection by a public key',
    input: () =>
      write.sequence([
        write.integer(3),
        write.sequence([write.oid(OID.signedData), write.contextExplicit(0, hex('3000'))]),
      ]),
    read: openKey,
    refusal: 'pkcs12/unsupported-integrity',
  },
  {
    tries: 'changed contents under the old MAC',
    input: () =>
      changed(keyFile, (_view, copy) => {
        copy[200] = (copy[200] ?? 0) ^ 1;
      }),
    read: openKey,
    refusal: 'pkcs12/wrong-password',
  },
  {
    tries: '5 MB',
    input: () => write.sequence([new Uint8Array(5 * 1024 * 1024)]),
    read: openKey,
    refusal: 'pkcs12/too-large',
  },
];

const pemOf = (input: Uint8Array) => Buffer.from(input).toString('latin1');
const readPem = (input: Uint8Array) => parsePemCertificates(pemOf(input));
const readKey = (input: Uint8Array) => readPrivateKeyPem(pemOf(input));

const PEM: readonly HostileSample[] = [
  {
    tries: 'a block that does not end',
    input: () => text('-----BEGIN CERTIFICATE-----\nAAAA\n'),
    read: readPem,
    refusal: 'pem/unfinished-block',
    at: 0,
  },
  {
    tries: 'a block that ends as another',
    input: () => text('-----BEGIN CERTIFICATE-----\nAAAA\n-----END KEY-----\n'),
    read: readPem,
    refusal: 'pem/unfinished-block',
    at: 0,
  },
  {
    tries: '100,000 beginnings',
    input: () => text('-----BEGIN A-----\n'.repeat(100_000)),
    read: readPem,
    refusal: 'pem/unfinished-block',
  },
  {
    tries: 'letters that are not base64',
    input: () => text('-----BEGIN CERTIFICATE-----\n####\n-----END CERTIFICATE-----\n'),
    read: readPem,
    refusal: 'pem/bad-base64',
  },
  {
    tries: 'five megabytes of spaces in a block',
    input: () => text(`-----BEGIN CERTIFICATE-----\n${' '.repeat(5_000_000)}\n-----END CERTIFICATE-----\n`),
    read: readPem,
    refusal: 'pem/bad-base64',
  },
  {
    tries: 'a certificate of nothing',
    input: () => text('-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'),
    read: readPem,
    refusal: 'der/missing-part',
  },
  {
    tries: '20,000 beginnings of private keys',
    input: () => text('-----BEGIN PRIVATE KEY-----\n'.repeat(20_000)),
    read: readKey,
    refusal: 'pkcs8/no-private-key',
  },
  {
    tries: 'a private key of four million dashes',
    input: () => text(`-----BEGIN PRIVATE KEY-----${'-'.repeat(4_000_000)}`),
    read: readKey,
    refusal: 'pkcs8/no-private-key',
  },
  {
    tries: 'a certificate as a private key',
    input: () => text(encodePem('PRIVATE KEY', leaf.bytes)),
    read: readKey,
    refusal: 'pkcs8/unreadable-key',
  },
];

const sha256 = '2.16.840.1.101.3.4.2.1';
const imprint = (size: number) =>
  write.sequence([write.sequence([write.oid(sha256)]), write.octetString(new Uint8Array(size))]);
const version1 = write.integer(1);

const TIMESTAMPS: readonly HostileSample[] = [
  {
    tries: 'a request of version 2',
    input: () => write.sequence([write.integer(2), imprint(32)]),
    read: parseTimestampRequest,
    refusal: 'timestamp/unsupported-version',
  },
  {
    tries: 'a SHA-256 imprint of 31 bytes',
    input: () => write.sequence([version1, imprint(31)]),
    read: parseTimestampRequest,
    refusal: 'timestamp/digest-size',
  },
  {
    tries: 'a nonce of 10,000 bytes',
    input: () => write.sequence([version1, imprint(32), write.element(2, new Uint8Array(10_000).fill(0x41))]),
    read: parseTimestampRequest,
    refusal: 'timestamp/nonce-too-long',
  },
  {
    tries: 'certReq as 1 instead of FF',
    input: () => write.sequence([version1, imprint(32), hex('010101')]),
    read: parseTimestampRequest,
    refusal: 'der/bad-boolean',
  },
  {
    tries: 'a response that grants nothing',
    input: () => hex('3005 3003 020100'),
    read: parseTimestampResponse,
    refusal: 'timestamp/token-missing',
  },
  {
    tries: 'a status that does not exist',
    input: () => hex('3005 3003 020107'),
    read: parseTimestampResponse,
    refusal: 'der/integer-out-of-range',
  },
  {
    tries: 'a request as a token',
    input: () => encodeTimestampRequest({ algorithm: 'sha256', digest: new Uint8Array(32) }),
    read: parseTimestampToken,
    refusal: 'der/unexpected-tag',
  },
  {
    tries: 'a token of 2 MB',
    input: () => write.sequence([new Uint8Array(2 * 1024 * 1024)]),
    read: parseTimestampToken,
    refusal: 'timestamp/too-large',
  },
];

export const KEYS_AND_STAMPS: Readonly<Record<string, readonly HostileSample[]>> = {
  'PKCS#12': PKCS12,
  PEM,
  'time stamps': TIMESTAMPS,
};
