// Hostile DER, certificates, SignedData and what stands in it.
import { type DerElement, decodeDer, readOid, readTime, write } from '../../src/der/index.ts';
import { OID, parseCertificate, parseIndirectData, parseSignedData, pe } from '../../src/index.ts';
import { makeAuthority } from '../support/authority.ts';
import { type HostileSample, hex, joined } from './hostile-sample.ts';

const authority = makeAuthority('ec');

function visit(element: DerElement): void {
  if ((element.tag & 0x20) !== 0) for (const child of element.children()) visit(child);
}

/** SEQUENCEs in one another, each around the next. */
function nested(depth: number): Uint8Array {
  let bytes = hex('3000');
  for (let level = 1; level < depth; level++) bytes = write.sequence([bytes]);
  return bytes;
}

function repeated(bytes: Uint8Array, count: number): Uint8Array {
  const result = new Uint8Array(bytes.length * count);
  for (let at = 0; at < result.length; at += bytes.length) result.set(bytes, at);
  return result;
}

const walk = (input: Uint8Array) => visit(decodeDer(input));

const DER: readonly HostileSample[] = [
  { tries: 'nothing at all', input: () => hex(''), read: walk, refusal: 'der/truncated', at: 0 },
  { tries: 'a tag without a length', input: () => hex('30'), read: walk, refusal: 'der/truncated', at: 0 },
  { tries: 'a length cut off', input: () => hex('30 84 00'), read: walk, refusal: 'der/truncated', at: 0 },
  {
    tries: 'content of 4 GB that is not there',
    input: () => hex('04 84 ffffffff'),
    read: walk,
    refusal: 'der/truncated',
    at: 0,
  },
  { tries: 'content one byte too long', input: () => hex('30 03 0500'), read: walk, refusal: 'der/truncated', at: 0 },
  {
    tries: 'a child longer than its parent',
    input: () => hex('30 02 04 01 ff'),
    read: walk,
    refusal: 'der/trailing-data',
    at: 4,
  },
  {
    tries: 'a child that claims more than the rest of its parent',
    input: () => hex('30 04 04 7f 0000'),
    read: walk,
    refusal: 'der/truncated',
    at: 2,
  },
  {
    tries: 'an indefinite length',
    input: () => hex('30 80 0500 0000'),
    read: walk,
    refusal: 'der/indefinite-length',
    at: 1,
  },
  {
    tries: 'a length of 5 octets',
    input: () => hex('30 85 0000000001 00'),
    read: walk,
    refusal: 'der/length-too-long',
    at: 1,
  },
  {
    tries: 'a length of 126 octets',
    input: () => hex(`30 fe ${'00'.repeat(130)}`),
    read: walk,
    refusal: 'der/length-too-long',
    at: 1,
  },
  {
    tries: 'a long form for a short length',
    input: () => hex('30 81 02 0500'),
    read: walk,
    refusal: 'der/non-minimal-length',
    at: 1,
  },
  {
    tries: 'a length with a leading zero',
    input: () => hex(`30 82 0080 ${'0500'.repeat(64)}`),
    read: walk,
    refusal: 'der/non-minimal-length',
    at: 1,
  },
  {
    tries: 'a tag number above 30',
    input: () => hex('3f 81 01 00'),
    read: walk,
    refusal: 'der/high-tag-number',
    at: 0,
  },
  {
    tries: 'a second element behind the first',
    input: () => hex('3000 3000'),
    read: walk,
    refusal: 'der/trailing-data',
    at: 2,
  },
  { tries: '10,000 levels of nesting', input: () => nested(10_000), read: walk, refusal: 'der/too-deep' },
  {
    tries: 'four million empty elements in 8 MB',
    input: () => write.sequence([repeated(hex('0500'), 4_000_000)]),
    read: walk,
    refusal: 'der/too-many-elements',
  },
  {
    tries: 'an object identifier that does not end',
    input: () => hex('06 02 2aff'),
    read: (input) => readOid(decodeDer(input), 'it'),
    refusal: 'der/bad-oid',
    at: 0,
  },
  {
    tries: 'an object identifier with a padded arc',
    input: () => hex('06 03 2a8001'),
    read: (input) => readOid(decodeDer(input), 'it'),
    refusal: 'der/bad-oid',
    at: 0,
  },
  {
    tries: 'an object identifier of 60,000 octets',
    input: () => write.element(6, new Uint8Array(60_000).fill(0xff)),
    read: (input) => readOid(decodeDer(input), 'it'),
    refusal: 'der/bad-oid',
    at: 0,
  },
  {
    tries: '30 February',
    input: () => write.element(0x17, new TextEncoder().encode('260230000000Z')),
    read: (input) => readTime(decodeDer(input), 'it'),
    refusal: 'der/bad-time',
    at: 0,
  },
  {
    tries: 'a time with an offset',
    input: () => write.element(0x17, new TextEncoder().encode('2602010000+0100')),
    read: (input) => readTime(decodeDer(input), 'it'),
    refusal: 'der/bad-time',
    at: 0,
  },
];

const { leaf } = authority;
const certificateParts = () =>
  decodeDer(leaf.bytes)
    .children()
    .map(({ bytes }) => bytes);
const signedParts = () => (decodeDer(leaf.bytes).children()[0]?.children() ?? []).map(({ bytes }) => bytes);

/** The leaf certificate with some of its parts replaced; its signature does not matter to a reader. */
function certificateWith(
  replace: (parts: Uint8Array[]) => void,
  outer: (parts: Uint8Array[]) => void = () => undefined,
): Uint8Array {
  const inner = signedParts();
  replace(inner);
  const parts = [write.sequence(inner), ...certificateParts().slice(1)];
  outer(parts);
  return write.sequence(parts);
}

const EXTENSIONS = 7;
const keyUsage = write.sequence([write.oid(OID.keyUsage), write.octetString(hex('03 02 0780'))]);
const extensions = (...list: readonly Uint8Array[]) => write.contextExplicit(3, write.sequence([...list]));

const X509: readonly HostileSample[] = [
  {
    tries: 'a certificate cut in half',
    input: () => leaf.bytes.subarray(0, leaf.bytes.length / 2),
    read: parseCertificate,
    refusal: 'der/truncated',
    at: 0,
  },
  {
    tries: 'a certificate of 257 KB',
    input: () => write.sequence([new Uint8Array(257 * 1024)]),
    read: parseCertificate,
    refusal: 'x509/too-large',
  },
  {
    tries: 'another algorithm inside than outside',
    input: () => certificateWith((parts) => parts.splice(2, 1, write.algorithmIdentifier(OID.sha256WithRsa))),
    read: parseCertificate,
    refusal: 'x509/algorithm-mismatch',
  },
  {
    tries: 'a public key that is no key',
    input: () => certificateWith((parts) => parts.splice(6, 1, hex('30 03 02 01 01'))),
    read: parseCertificate,
    refusal: 'x509/unsupported-public-key',
  },
  {
    tries: 'an extension twice, of which readers may take either',
    input: () => certificateWith((parts) => parts.splice(EXTENSIONS, 1, extensions(keyUsage, keyUsage))),
    read: parseCertificate,
    refusal: 'x509/duplicate-extension',
  },
  {
    tries: 'a serial number with redundant zeros',
    input: () => certificateWith((parts) => parts.splice(1, 1, hex('02 03 000001'))),
    read: parseCertificate,
    refusal: 'der/bad-integer',
  },
  {
    tries: 'a signature with unused bits that are set',
    input: () =>
      certificateWith(
        () => undefined,
        (parts) => parts.splice(2, 1, hex('03 02 07ff')),
      ),
    read: parseCertificate,
    refusal: 'der/bad-bit-string',
  },
  {
    tries: 'parts behind the signature',
    input: () =>
      certificateWith(
        () => undefined,
        (parts) => parts.push(hex('0500')),
      ),
    read: parseCertificate,
    refusal: 'der/unexpected-part',
  },
  {
    tries: 'a name of 30,000 parts',
    input: () => certificateWith((parts) => parts.splice(5, 1, write.sequence([repeated(hex('3100'), 30_000)]))),
    read: parseCertificate,
    refusal: 'der/too-many-elements',
  },
  {
    tries: 'an Extensions list in 20 more SEQUENCEs',
    input: () =>
      certificateWith((parts) =>
        parts.splice(
          EXTENSIONS,
          1,
          extensions(write.sequence([write.oid(OID.certificatePolicies), write.octetString(nested(20))])),
        ),
      ),
    read: parseCertificate,
    refusal: 'der/unexpected-tag',
  },
];

/** ContentInfo around SignedData of these parts. */
function signedData(...parts: readonly Uint8Array[]): Uint8Array {
  return write.sequence([write.oid(OID.signedData), write.contextExplicit(0, write.sequence([...parts]))]);
}

const VERSION = write.integer(1);
const NO_ALGORITHMS = hex('3100');
const CONTENT = write.sequence([write.oid(OID.spcIndirectData), write.contextExplicit(0, hex('3000'))]);
const certificates = (count: number) => write.element(0xa0, joined(...Array.from({ length: count }, () => leaf.bytes)));

const signer = (attributes: Uint8Array) =>
  write.sequence([
    VERSION,
    write.sequence([write.sequence([]), write.integer(1)]),
    write.sequence([write.oid('2.16.840.1.101.3.4.2.1')]),
    attributes,
    write.sequence([write.oid(OID.rsaEncryption)]),
    write.octetString(new Uint8Array(4)),
  ]);

const readShell = (input: Uint8Array) => parseSignedData(input);
const openPe = (input: Uint8Array) => pe.openSignature(input);

const CMS: readonly HostileSample[] = [
  {
    tries: 'data instead of SignedData',
    input: () => write.sequence([write.oid(OID.data), write.contextExplicit(0, hex('0400'))]),
    read: readShell,
    refusal: 'cms/not-signed-data',
  },
  {
    tries: 'version 200',
    input: () => signedData(write.integer(200), NO_ALGORITHMS, CONTENT, NO_ALGORITHMS),
    read: readShell,
    refusal: 'cms/unsupported-version',
  },
  {
    tries: 'no signer infos',
    input: () => signedData(VERSION, NO_ALGORITHMS, CONTENT),
    read: readShell,
    refusal: 'der/missing-part',
  },
  {
    tries: 'a million digest algorithms',
    input: () => signedData(VERSION, write.element(0x31, repeated(hex('3000'), 1_000_000)), CONTENT, NO_ALGORITHMS),
    read: readShell,
    refusal: 'der/too-many-elements',
  },
  {
    tries: '3,000 certificates',
    input: () => signedData(VERSION, NO_ALGORITHMS, CONTENT, certificates(3000), NO_ALGORITHMS),
    read: readShell,
    refusal: 'cms/too-many-signers',
  },
  {
    tries: '3,000 signers',
    input: () => signedData(VERSION, NO_ALGORITHMS, CONTENT, write.element(0x31, repeated(signer(hex('a000')), 3000))),
    read: readShell,
    refusal: 'cms/too-many-signers',
  },
  {
    tries: 'no signer where one is needed',
    input: () => signedData(VERSION, NO_ALGORITHMS, CONTENT, NO_ALGORITHMS),
    read: openPe,
    refusal: 'cms/signer-count',
  },
  {
    tries: 'an attribute that is no attribute',
    input: () => signedData(VERSION, NO_ALGORITHMS, CONTENT, write.element(0x31, signer(hex('a0 02 0500')))),
    read: readShell,
    refusal: 'der/unexpected-tag',
  },
];

const digestInfo = (oid: string, size: number) =>
  write.sequence([write.sequence([write.oid(oid), hex('0500')]), write.octetString(new Uint8Array(size))]);
const data = write.sequence([write.oid(OID.spcPeImageData), hex('3000')]);

const SPC: readonly HostileSample[] = [
  {
    tries: 'a SHA-256 digest of 20 bytes',
    input: () => write.sequence([data, digestInfo('2.16.840.1.101.3.4.2.1', 20)]),
    read: parseIndirectData,
    refusal: 'spc/digest-size',
  },
  {
    tries: 'a digest of no bytes',
    input: () => write.sequence([data, digestInfo('1.3.14.3.2.26', 0)]),
    read: parseIndirectData,
    refusal: 'spc/digest-size',
  },
  { tries: 'no digest', input: () => write.sequence([data]), read: parseIndirectData, refusal: 'der/missing-part' },
  {
    tries: '5,000 elements of data',
    input: () =>
      write.sequence([
        write.sequence([write.oid(OID.spcPeImageData), repeated(hex('0500'), 5000)]),
        digestInfo('1.3.14.3.2.26', 20),
      ]),
    read: parseIndirectData,
    refusal: 'der/too-many-elements',
  },
];

export const STRUCTURES: Readonly<Record<string, readonly HostileSample[]>> = { DER, 'X.509': X509, CMS, SPC };
