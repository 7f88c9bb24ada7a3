// Reads PKCS#12 files (.p12, .pfx; RFC 7292): one private key, its certificate, and the certificates of its issuers.

import { Buffer } from 'node:buffer';
import { createHmac, createPrivateKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import {
  contextConstructed,
  contextPrimitive,
  type DerElement,
  decodeDer,
  readOctetString,
  readOid,
  readSmallInteger,
  TAG,
} from '../der/index.ts';
import { DIGEST_ALGORITHMS, digestAlgorithmFromOid } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { buildCertificationPath, type Certificate, parseCertificate, readAlgorithm } from '../x509/index.ts';
import { decryptWithPassword, type Password, readIterations, readSalt } from './password-encryption.ts';
import { DERIVATION_PURPOSE, derivePkcs12Bytes, pkcs12Password } from './pkcs12-key-derivation.ts';
import { keyMatchesCertificate, type LocalKey } from './signing-key.ts';

/** Largest file that is read, in bytes. */
const MAXIMUM_FILE_BYTES = 4 * 1024 * 1024;
const MAXIMUM_BAGS = 200;

interface Bags {
  readonly privateKeys: KeyObject[];
  readonly certificates: Certificate[];
}

/**
 * Reads a PKCS#12 file. Throws ParseError `wrong-password` when its MAC does not match, `no-mac` when it has none,
 * `no-private-key`, `no-certificate`, `unsupported-encryption`, or what is malformed about it.
 */
export function readPkcs12(bytes: Uint8Array, password: string): LocalKey {
  if (bytes.length > MAXIMUM_FILE_BYTES) {
    throw new ParseError('pkcs12', 'too-large', `a PKCS#12 file of ${bytes.length} bytes is too large`);
  }
  const parts = decodeDer(bytes, { maximumElements: 20_000 }).parts(TAG.sequence, 'the PKCS#12 file');
  const version = parts.next('version');
  if (readSmallInteger(version, 'the version') !== 3) {
    throw new ParseError('pkcs12', 'unsupported-version', 'only version 3 of PKCS#12 is supported', version.offset);
  }
  const contents = readContentInfo(parts.next('contents'));
  const macData = parts.optional(TAG.sequence);
  parts.end();
  if (contents.type !== OID.data || contents.value === undefined) {
    throw new ParseError('pkcs12', 'unsupported-integrity', 'only PKCS#12 files protected by a password are supported');
  }
  if (macData === undefined) {
    throw new ParseError('pkcs12', 'no-mac', 'the PKCS#12 file has no MAC, so its password cannot be checked');
  }
  const safe = contents.value.inner().expect(TAG.octetString, 'the contents');
  const checkedPassword = checkMac(macData, password, safe.value);

  const bags: Bags = { privateKeys: [], certificates: [] };
  for (const part of safe.inner().expect(TAG.sequence, 'the safe').children()) {
    readBags(readSafeContents(part, checkedPassword), checkedPassword, bags);
  }
  return chooseKey(bags);
}

function readContentInfo(element: DerElement): { type: string; value: DerElement | undefined } {
  const parts = element.parts(TAG.sequence, 'a ContentInfo');
  const type = readOid(parts.next('type'), 'the type of a ContentInfo');
  const value = parts.optional(contextConstructed(0));
  parts.end();
  return { type, value };
}

/** RFC 7292 §4 and appendix B: HMAC over the contents with a key from the password. Returns the password in the form that fits. */
function checkMac(macData: DerElement, text: string, contents: Uint8Array): Password {
  const parts = macData.parts(TAG.sequence, 'the MAC');
  const digestInfo = parts.next('digest').parts(TAG.sequence, 'the digest of the MAC');
  const algorithmElement = digestInfo.next('algorithm');
  const algorithm = digestAlgorithmFromOid(
    readAlgorithm(algorithmElement, 'the MAC algorithm'),
    algorithmElement.offset,
  );
  const expected = readOctetString(digestInfo.next('value'), 'the MAC value');
  const salt = readSalt(parts.next('salt'));
  const iterationsElement = parts.optional(TAG.integer);
  const iterations = iterationsElement === undefined ? 1 : readIterations(iterationsElement);
  const { size } = DIGEST_ALGORITHMS[algorithm];
  const matches = (passwordBytes: Uint8Array) => {
    const purpose = DERIVATION_PURPOSE.mac;
    const key = derivePkcs12Bytes({ algorithm, password: passwordBytes, salt, iterations, purpose, length: size });
    const actual = createHmac(algorithm, key).update(contents).digest();
    return expected.length === size && timingSafeEqual(actual, expected);
  };
  // Some tools write an empty password as no bytes at all instead of a lone NUL.
  const forms = text === '' ? [pkcs12Password(text), new Uint8Array(0)] : [pkcs12Password(text)];
  const pkcs12 = forms.find(matches);
  if (pkcs12 !== undefined) return { text, pkcs12 };
  throw new ParseError('pkcs12', 'wrong-password', 'the password of the PKCS#12 file is wrong, or the file is damaged');
}

/** The SafeContents in one part of the safe, decrypted if need be. */
function readSafeContents(part: DerElement, password: Password): DerElement {
  const { type, value } = readContentInfo(part);
  if (type === OID.data && value !== undefined) {
    return value.inner().expect(TAG.octetString, 'the safe contents').inner();
  }
  if (type !== OID.encryptedData || value === undefined) {
    throw new ParseError(
      'pkcs12',
      'unsupported-encryption',
      `safe contents of type ${type} are not supported`,
      part.offset,
    );
  }
  const encrypted = value.inner().parts(TAG.sequence, 'the encrypted data');
  encrypted.next('version');
  const content = encrypted.next('content').parts(TAG.sequence, 'the encrypted content');
  content.next('type');
  const algorithm = content.next('algorithm');
  const data = content.next('data').expect(contextPrimitive(0), 'the encrypted bytes').value;
  return decodeDer(decryptWithPassword(algorithm, password, data), { maximumElements: 20_000 });
}

function readPrivateKey(der: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  } catch {
    throw new ParseError('pkcs12', 'bad-private-key', 'the private key is malformed or of an unknown kind');
  }
}

function readBags(safeContents: DerElement, password: Password, bags: Bags): void {
  for (const bag of safeContents.expect(TAG.sequence, 'the safe contents').children()) {
    if (bags.privateKeys.length + bags.certificates.length >= MAXIMUM_BAGS) {
      throw new ParseError('pkcs12', 'too-many-bags', `more than ${MAXIMUM_BAGS} keys and certificates`, bag.offset);
    }
    const parts = bag.parts(TAG.sequence, 'a bag');
    const type = readOid(parts.next('type'), 'the type of a bag');
    const value = parts.next('value').expect(contextConstructed(0), 'the value of a bag').inner();
    if (type === OID.keyBag) {
      bags.privateKeys.push(readPrivateKey(value.bytes));
    } else if (type === OID.shroudedKeyBag) {
      const shrouded = value.parts(TAG.sequence, 'an encrypted key');
      const algorithm = shrouded.next('algorithm');
      const data = readOctetString(shrouded.next('data'), 'the encrypted key');
      bags.privateKeys.push(readPrivateKey(decryptWithPassword(algorithm, password, data)));
    } else if (type === OID.certificateBag) {
      const certificate = value.parts(TAG.sequence, 'a certificate bag');
      if (readOid(certificate.next('type'), 'the type of a certificate') !== OID.x509Certificate) continue;
      const wrapped = certificate.next('value').expect(contextConstructed(0), 'the certificate').inner();
      bags.certificates.push(parseCertificate(Uint8Array.from(readOctetString(wrapped, 'the certificate'))));
    }
  }
}

/** The first private key that has its certificate in the file, and that certificate's issuers in order. */
function chooseKey({ privateKeys, certificates }: Bags): LocalKey {
  if (privateKeys.length === 0) {
    throw new ParseError('pkcs12', 'no-private-key', 'the PKCS#12 file holds no private key');
  }
  for (const privateKey of privateKeys) {
    const certificate = certificates.find((candidate) => keyMatchesCertificate(privateKey, candidate));
    if (certificate === undefined) continue;
    const others = certificates.filter(({ thumbprint }) => thumbprint !== certificate.thumbprint);
    const { path } = buildCertificationPath({ leaf: certificate, intermediates: others, anchors: [] });
    return { privateKey, certificate, chain: path.slice(1) };
  }
  const held = certificates.map(({ subject }) => `'${subject}'`).join(', ') || 'none';
  throw new ParseError(
    'pkcs12',
    'no-certificate',
    `no certificate in the PKCS#12 file fits its private key (it holds: ${held})`,
  );
}
