// Makes HLKX packages for the tests of this folder, and changes them as an attacker would.
import { bytesSource } from '../../src/byte-source.ts';
import { hlkx, type Rewrite, rewriteBytes, type SignatureRequest, verifyFile } from '../../src/index.ts';
import type { PackageFormatOptions } from '../../src/opc/signable-package.ts';
import { packageFormat } from '../../src/opc/signable-package.ts';
import { makeAuthority, type TestAuthority } from '../support/authority.ts';
import { makeZip, noise, type Sample, unzip, utf8 } from '../zip/archives.ts';

export const KIT = 'http://microsoft.com/schemas/windows/kits/hardware/2010';
/** As it stands in real packages besides the right one. */
export const MISSPELT_KIT = 'http://microsoft.com/shcemas/windows/kits/hardware/2010';
const RELATIONSHIPS = 'http://schemas.openxmlformats.org/package/2006/relationships';
export const ORIGIN_TYPE = `${RELATIONSHIPS}/digital-signature/origin`;

export const CONTENT_TYPES = [
  '<?xml version="1.0" encoding="utf-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">',
  '<Default Extension="xml" ContentType="text/xml" /><Default Extension="txt" ContentType="text/plain" />',
  '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />',
  '<Override PartName="/hck/data/1f0c6c4e" ContentType="application/octet" />',
  '<Override PartName="/hck/data/9A7B" ContentType="application/octet" /></Types>',
].join('');

export function relationship(id: string, type: string, target: string, more = ''): string {
  return `<Relationship Type="${type}" Target="${target}"${more} Id="${id}" />`;
}

export function relationshipsText(...relationships: readonly string[]): string {
  return `\ufeff<?xml version="1.0" encoding="utf-8"?><Relationships xmlns="${RELATIONSHIPS}">${relationships.join('')}</Relationships>`;
}

const ROOT = relationshipsText(
  relationship('Rb2', `${KIT}/packageinfo`, '/hck/data/PackageInfo.xml'),
  relationship('Ra1', `${MISSPELT_KIT}/packageinfo`, '/hck/data/PackageInfo.xml'),
  relationship('Rc3', `${KIT}/coredata`, '/hck/data/1f0c6c4e'),
  relationship('RA1', `${KIT}/streamdata`, '/hck/data/9A7B'),
  relationship('Rd4', `${KIT}/telemetry`, '/hck/telemetry/a%20b.txt'),
  relationship('Re5', 'http://example.org/more?a=1&amp;b="', 'http://example.org/', ' TargetMode="External"').replace(
    'b="',
    'b=&quot;',
  ),
);

/** A package with parts of several kinds and sizes. */
export function makePackage(more: readonly Sample[] = [], contentTypes = CONTENT_TYPES): Uint8Array {
  return makeZip([
    { name: 'hck/data/PackageInfo.xml', contents: '<Package Type="SubmissionPackage" />', method: 0 },
    { name: 'hck/data/1f0c6c4e', contents: noise(600_000), descriptor: 'marked' },
    { name: 'hck/data/9A7B', contents: 'stream '.repeat(50_000) },
    { name: 'hck/telemetry/a%20b.txt', contents: 'telemetry' },
    { name: 'hck/telemetry/empty.txt', contents: '', method: 0 },
    { name: '_rels/.rels', contents: ROOT },
    {
      name: 'hck/data/_rels/9A7B.rels',
      contents: relationshipsText(relationship('R1', `${KIT}/coredata`, '1f0c6c4e')),
    },
    ...more,
    { name: '[Content_Types].xml', contents: contentTypes },
  ]);
}

export type Change = (files: Map<string, Uint8Array>) => void;

/** The package with its files changed, and a new archive around them. */
export async function changed(bytes: Uint8Array, change: Change): Promise<Uint8Array> {
  const files = await unzip(bytes);
  change(files);
  return makeZip([...files].map(([name, contents]) => ({ name, contents })));
}

/** Replaces text in the one file whose name has `part` in it; the text must be there. */
export function replaceIn(part: string, from: string | RegExp, to: string): Change {
  return (files) => {
    const names = [...files.keys()].filter((name) => name.includes(part));
    const [name = ''] = names;
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(files.get(name));
    const result = text.replace(from, to);
    if (names.length !== 1 || result === text) throw new Error(`${names.length} files, or nothing replaced in ${part}`);
    files.set(name, utf8(result));
  };
}

export function rewrite(bytes: Uint8Array, pieces: Rewrite): Promise<Uint8Array> {
  return rewriteBytes(bytesSource(bytes), pieces);
}

let authority: TestAuthority | undefined;

export function testAuthority(): TestAuthority {
  authority ??= makeAuthority('rsa');
  return authority;
}

/** Signs as the test authority's leaf. */
export async function sign(
  bytes: Uint8Array,
  {
    mode = 'replace',
    wholeRelationships = true,
    ...request
  }: Partial<SignatureRequest & PackageFormatOptions> & { mode?: 'replace' | 'append' } = {},
): Promise<Uint8Array> {
  const format = packageFormat({ wholeRelationships });
  const source = bytesSource(bytes);
  const digestAlgorithm = request.digestAlgorithm ?? 'sha256';
  const content = await format.content(source, digestAlgorithm);
  const signature = await format.sign(content, { key: testAuthority().key, ...request, digestAlgorithm });
  return rewrite(bytes, await format.embedSignature(source, signature, mode));
}

/** What verifyFile says of it, trusting the test authority: codes and messages of all problems. */
export async function problemsOf(bytes: Uint8Array): Promise<{ code: string; message: string }[]> {
  const { problems, signatures } = await verifyFile(bytesSource(bytes), { anchors: [testAuthority().root] });
  return [...problems, ...signatures.flatMap((signature) => signature.problems)];
}

/** Each signature, opened. */
export async function openAll(bytes: Uint8Array) {
  return (await hlkx.readSignatures(bytesSource(bytes))).map((signature) => hlkx.openSignature(signature));
}
