// Hostile ZIP archives, XML, and packages made of them.
import { bytesSource } from '../../src/byte-source.ts';
import { hlkx, openPackage } from '../../src/opc/index.ts';
import { rewriteBytes } from '../../src/rewrite.ts';
import { signFile } from '../../src/sign-file.ts';
import { canonicalize, parseXml } from '../../src/xml/index.ts';
import { openZip, writeZip } from '../../src/zip/index.ts';
import { makeAuthority } from '../support/authority.ts';
import { changed, type HostileSample, hex, joined, text } from './hostile-sample.ts';

const { key } = makeAuthority('rsa');

const archive = await rewriteBytes(
  bytesSource(new Uint8Array(0)),
  writeZip([
    { name: 'first.txt', contents: text('a'.repeat(1000)) },
    { name: 'second.txt', contents: text('stored'), stored: true },
  ]),
);
const view = new DataView(archive.buffer, archive.byteOffset, archive.length);
const END = archive.length - 22;
const DIRECTORY = view.getUint32(END + 16, true);
const SECOND = DIRECTORY + 46 + 'first.txt'.length;

async function readArchive(input: Uint8Array): Promise<void> {
  const zip = await openZip(bytesSource(input));
  for (const entry of zip.entries) await zip.readEntry(entry, 1024 * 1024);
}

const archiveWith = (change: (data: DataView, copy: Uint8Array) => void) => () => changed(archive, change);
/** Another name in the central directory and in the local header. */
const renamed = (name: string) =>
  archiveWith((_data, copy) => {
    copy.set(text(name), 30);
    copy.set(text(name), DIRECTORY + 46);
  });

const ZIP: readonly HostileSample[] = [
  { tries: 'nothing at all', input: () => hex(''), read: readArchive, refusal: 'zip/not-a-zip' },
  {
    tries: 'a megabyte without an end',
    input: () => joined(text('PK\x03\x04'), new Uint8Array(1024 * 1024)),
    read: readArchive,
    refusal: 'zip/not-a-zip',
  },
  {
    tries: 'a second end in the comment',
    input: () => {
      const tail = archive.subarray(END);
      return changed(joined(archive, tail), (data) => data.setUint16(END + 20, 22, true));
    },
    read: readArchive,
    refusal: 'zip/ambiguous-end',
  },
  {
    tries: 'a directory that begins elsewhere',
    input: archiveWith((data) => data.setUint32(END + 16, 0, true)),
    read: readArchive,
    refusal: 'zip/bad-directory',
    at: END,
  },
  {
    tries: '65,534 entries in a small directory',
    input: archiveWith((data) => {
      data.setUint16(END + 8, 0xfffe, true);
      data.setUint16(END + 10, 0xfffe, true);
    }),
    read: readArchive,
    refusal: 'zip/bad-directory',
    at: DIRECTORY,
  },
  {
    tries: 'the first of several disks',
    input: archiveWith((data) => data.setUint16(END + 10, 3, true)),
    read: readArchive,
    refusal: 'zip/several-disks',
    at: END,
  },
  {
    tries: 'ZIP64',
    input: archiveWith((data) => data.setUint32(END + 12, 0xffff_ffff, true)),
    read: readArchive,
    refusal: 'zip/zip64',
    at: END,
  },
  {
    tries: 'one entry fewer than there are',
    input: archiveWith((data) => {
      data.setUint16(END + 8, 1, true);
      data.setUint16(END + 10, 1, true);
    }),
    read: readArchive,
    refusal: 'zip/bad-directory',
    at: DIRECTORY,
  },
  {
    tries: 'an encrypted entry',
    input: archiveWith((data) => {
      data.setUint16(6, 1, true);
      data.setUint16(DIRECTORY + 8, 1, true);
    }),
    read: readArchive,
    refusal: 'zip/encrypted',
    at: DIRECTORY,
  },
  {
    tries: 'LZMA',
    input: archiveWith((data) => {
      data.setUint16(8, 14, true);
      data.setUint16(DIRECTORY + 10, 14, true);
    }),
    read: readArchive,
    refusal: 'zip/unsupported-method',
    at: DIRECTORY,
  },
  { tries: 'a path that leads out', input: renamed('../../etc'), read: readArchive, refusal: 'zip/bad-name' },
  { tries: 'a backslash', input: renamed('a\\b\\c.txt'), read: readArchive, refusal: 'zip/bad-name' },
  { tries: 'an absolute path', input: renamed('/root.txt'), read: readArchive, refusal: 'zip/bad-name' },
  { tries: 'a drive', input: renamed('C:file.tx'), read: readArchive, refusal: 'zip/bad-name' },
  { tries: 'a NUL in a name', input: renamed('a.txt\0.js'), read: readArchive, refusal: 'zip/bad-name' },
  {
    tries: 'another name in the local header',
    input: archiveWith((_data, copy) => copy.set(text('fIrst.txt'), 30)),
    read: readArchive,
    refusal: 'zip/header-mismatch',
    at: 0,
  },
  {
    tries: 'another size in the local header',
    input: archiveWith((data) => data.setUint32(22, 999, true)),
    read: readArchive,
    refusal: 'zip/header-mismatch',
    at: 0,
  },
  {
    tries: 'two entries over the same data',
    input: archiveWith((data) => data.setUint32(SECOND + 42, 0, true)),
    read: readArchive,
    refusal: 'zip/overlap',
  },
  {
    tries: 'an entry in the directory',
    input: archiveWith((data) => data.setUint32(SECOND + 42, DIRECTORY, true)),
    read: readArchive,
    refusal: 'zip/gap',
  },
  {
    tries: 'an entry 4 GB away',
    input: archiveWith((data) => data.setUint32(SECOND + 42, 0xffff_fff0, true)),
    read: readArchive,
    refusal: 'zip/gap',
  },
  {
    tries: 'bytes before the first entry',
    input: () => changed(joined(hex('41'), archive), (data) => data.setUint32(END + 17, DIRECTORY + 1, true)),
    read: readArchive,
    refusal: 'zip/bad-local-header',
  },
  {
    tries: 'a bomb that says it holds 4 GB',
    input: archiveWith((data) => {
      data.setUint32(22, 0xffff_fff0, true);
      data.setUint32(DIRECTORY + 24, 0xffff_fff0, true);
    }),
    read: readArchive,
    refusal: 'zip/too-large',
    at: DIRECTORY,
  },
  {
    tries: 'a bomb that says it is small',
    input: archiveWith((data) => {
      data.setUint32(22, 10, true);
      data.setUint32(DIRECTORY + 24, 10, true);
    }),
    read: readArchive,
    refusal: 'zip/too-long',
  },
  {
    tries: 'another checksum',
    input: archiveWith((data) => {
      data.setUint32(14, 1, true);
      data.setUint32(DIRECTORY + 16, 1, true);
    }),
    read: readArchive,
    refusal: 'zip/bad-crc',
  },
  {
    tries: 'an extra field longer than its room',
    input: archiveWith((data) => data.setUint16(28, 2, true)),
    read: readArchive,
    refusal: 'zip/overlap',
    at: 0,
  },
];

const read = (input: Uint8Array) => canonicalize(parseXml(input));
const entities = Array.from({ length: 20 }, (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(20)}">`).join(
  '',
);

const XML: readonly HostileSample[] = [
  { tries: 'nothing at all', input: () => hex(''), read, refusal: 'xml/malformed' },
  {
    tries: 'entities that multiply a billion times',
    input: () => text(`<!DOCTYPE a [<!ENTITY e0 "lol">${entities}]><a>&e20;</a>`),
    read,
    refusal: 'xml/doctype',
  },
  {
    tries: 'a file of the machine',
    input: () => text('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'),
    read,
    refusal: 'xml/doctype',
  },
  { tries: 'an entity that nobody declared', input: () => text('<a>&e;</a>'), read, refusal: 'xml/malformed' },
  { tries: '100,000 elements in one another', input: () => text('<a>'.repeat(100_000)), read, refusal: 'xml/too-deep' },
  {
    tries: '100,000 attributes',
    input: () => text(`<a ${Array.from({ length: 100_000 }, (_, index) => `a${index}="" `).join('')}/>`),
    read,
    refusal: 'xml/too-many-attributes',
  },
  { tries: 'an attribute twice', input: () => text('<a Id="1" Id="2"/>'), read, refusal: 'xml/malformed' },
  {
    tries: 'an attribute twice, by two prefixes of one namespace',
    input: () => text('<a xmlns:b="u" xmlns:c="u" b:Id="1" c:Id="2"/>'),
    read,
    refusal: 'xml/malformed',
  },
  { tries: 'a prefix that nobody declared', input: () => text('<a:b/>'), read, refusal: 'xml/malformed' },
  { tries: 'two roots', input: () => text('<a/><b/>'), read, refusal: 'xml/malformed' },
  { tries: 'a root that does not end', input: () => text('<a>'), read, refusal: 'xml/malformed' },
  { tries: 'a control character', input: () => text('<a>\u0001</a>'), read, refusal: 'xml/malformed' },
  {
    tries: 'bytes that are not UTF-8',
    input: () => joined(text('<a>'), hex('ff'), text('</a>')),
    read,
    refusal: 'xml/bad-encoding',
  },
  {
    tries: 'an encoding that it does not have',
    input: () => text('<?xml version="1.0" encoding="utf-16"?><a/>'),
    read,
    refusal: 'xml/bad-encoding',
  },
  {
    tries: 'XML 1.1, in which other characters end a line',
    input: () => text('<?xml version="1.1"?><a/>'),
    read,
    refusal: 'xml/bad-version',
  },
  {
    tries: '20,000 namespaces in scope of 10,000 elements',
    input: () => namespaces(90, 222, 10_000),
    read,
    refusal: 'xml/too-many-namespaces',
  },
  { tries: 'a relative namespace', input: () => text('<a xmlns="b"/>'), read, refusal: 'xml/relative-namespace' },
];

/** Elements in one another that declare `each` namespaces, around many siblings that have all of them in scope. */
function namespaces(depth: number, each: number, siblings: number): Uint8Array {
  const start = (level: number) =>
    `<a${Array.from({ length: each }, (_, index) => ` xmlns:n${level}_${index}="urn:n"`).join('')}>`;
  const starts = Array.from({ length: depth }, (_, level) => start(level)).join('');
  return text(`${starts}${'<b/>'.repeat(siblings)}${'</a>'.repeat(depth)}`);
}

const CONTENT_TYPES = '[Content_Types].xml';
const TYPES = 'xmlns="http://schemas.openxmlformats.org/package/2006/content-types"';
const DEFAULTS =
  '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="txt" ContentType="text/plain"/>';

/** A package with these content types and these relationships of the package as a whole. */
function packageOf(types: string, relationships = '', ...more: readonly string[]): Promise<Uint8Array> {
  const names = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';
  const parts = [
    { name: CONTENT_TYPES, contents: text(`<Types ${TYPES}>${types}</Types>`) },
    { name: '_rels/.rels', contents: text(`<Relationships ${names}>${relationships}</Relationships>`) },
    ...['a.txt', ...more].map((name) => ({ name, contents: text('a') })),
  ];
  return rewriteBytes(bytesSource(new Uint8Array(0)), writeZip(parts));
}

async function readPackage(input: Uint8Array): Promise<void> {
  const opened = await openPackage(bytesSource(input));
  for (const part of opened.parts) await opened.read(part, 1024 * 1024);
  await hlkx.readSignatures(bytesSource(input));
}

const XMLDSIG = 'http://www.w3.org/2000/09/xmldsig#';
const openXml = (input: Uint8Array) => hlkx.openSignature(input);

const PACKAGES: readonly HostileSample[] = [
  {
    tries: 'a ZIP archive without content types',
    input: () => archive,
    read: readPackage,
    refusal: 'opc/no-content-types',
  },
  {
    tries: 'content types that are something else',
    input: () => packageOf('<Other/>'),
    read: readPackage,
    refusal: 'opc/bad-content-types',
  },
  {
    tries: 'a part without a content type',
    input: () => packageOf(DEFAULTS, '', 'b.sys'),
    read: readPackage,
    refusal: 'opc/no-content-type',
  },
  {
    tries: 'a content type whose parameters can be divided in a billion ways',
    input: () => packageOf(`<Default Extension="txt" ContentType="a/b${';x'.repeat(30)} "/>`),
    read: readPackage,
    refusal: 'opc/bad-content-types',
  },
  {
    tries: 'two relationships of one Id',
    input: () => packageOf(DEFAULTS, '<Relationship Id="a" Type="t" Target="a.txt"/>'.repeat(2)),
    read: readPackage,
    refusal: 'opc/bad-relationships',
  },
  {
    tries: 'a signature that is no signature',
    input: () => text('<a/>'),
    read: openXml,
    refusal: 'opc/unexpected-xml',
  },
  {
    tries: 'a signature without anything',
    input: () => text(`<Signature xmlns="${XMLDSIG}"/>`),
    read: openXml,
    refusal: 'opc/unexpected-xml',
  },
  {
    tries: 'a signature with a document type',
    input: () => text(`<!DOCTYPE a><Signature xmlns="${XMLDSIG}"/>`),
    read: openXml,
    refusal: 'xml/doctype',
  },
  { tries: 'a signature value of 16 MB', input: longSignatureValue, read: openXml, refusal: 'opc/bad-base64' },
];

/** A sound signature whose value is made of sixteen million letters and a character that is not base64. */
async function longSignatureValue(): Promise<Uint8Array> {
  const plain = bytesSource(await packageOf(DEFAULTS));
  const signedBytes = await rewriteBytes(plain, await signFile(plain, { key }));
  const [signature = hex('')] = await hlkx.readSignatures(bytesSource(signedBytes));
  const [before = '', after = ''] = new TextDecoder().decode(signature).split(/(?<=<SignatureValue[^>]*>)[^<]*/);
  return text(`${before}${'A'.repeat(16_000_000)}#${after}`);
}

export const PACKAGES_AND_PARTS: Readonly<Record<string, readonly HostileSample[]>> = {
  ZIP,
  XML,
  packages: PACKAGES,
};
