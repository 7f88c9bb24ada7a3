// ZIP archives, XML documents, and packages made of them, whose signatures are XML.
import { bytesSource } from '../../src/byte-source.ts';
import { describeFile } from '../../src/inspect/index.ts';
import { hlkx, openPackage } from '../../src/opc/index.ts';
import { rewriteBytes, rewriteStream } from '../../src/rewrite.ts';
import { signFile } from '../../src/sign-file.ts';
import { verifyFile } from '../../src/verify/index.ts';
import { canonicalize, childElements, parseXml, type XmlElement } from '../../src/xml/index.ts';
import { openZip, writeZip } from '../../src/zip/index.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { rsa, trust } from './samples.ts';

const text = (lines: string) => new TextEncoder().encode(lines);

const archiveParts = writeZip([
  { name: '[Content_Types].xml', contents: text('<Types/>'.repeat(40)) },
  { name: 'a/b.txt', contents: text('stored'), stored: true },
  { name: 'ü.bin', contents: new Uint8Array(5000) },
]);
const archive = await rewriteBytes(bytesSource(new Uint8Array(0)), archiveParts);

const empty = bytesSource(new Uint8Array(0));
const CONTENT_TYPES = '[Content_Types].xml';

const parts: ReadonlyMap<string, string> = new Map([
  [
    CONTENT_TYPES,
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="txt" ContentType="text/plain"/><Override PartName="/hck/data/a" ContentType="application/octet"/></Types>',
  ],
  [
    '_rels/.rels',
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Type="http://example.com/a" Target="/hck/data/a" Id="R1"/><Relationship Type="http://example.com/b" Target="b.txt" Id="R2"/></Relationships>',
  ],
  ['hck/data/a', 'some bytes'],
  ['b.txt', 'a text'],
]);

/** A package of these parts, one of them replaced. */
function packageWith(name = '', contents: Uint8Array = new Uint8Array(0)): Promise<Uint8Array> {
  const additions = [...parts].map(([own, content]) => ({
    name: own,
    contents: own === name ? contents : text(content),
  }));
  return rewriteBytes(empty, writeZip(additions));
}

const plainPackage = bytesSource(await packageWith());
const signedPackage = await rewriteBytes(plainPackage, await signFile(plainPackage, { key: rsa.key }));
const [packageSignature = new Uint8Array(0)] = await hlkx.readSignatures(bytesSource(signedPackage));

async function judgePackage(input: Uint8Array): Promise<void> {
  const source = bytesSource(input);
  await describeFile(source);
  await verifyFile(source, trust);
  const opened = await openPackage(source);
  for (const part of opened.parts) await opened.read(part, 1024 * 1024);
  await hlkx.content(source, 'sha256');
  for await (const chunk of rewriteStream(source, await hlkx.removeSignatures(source))) void chunk.length;
  for (const signature of await hlkx.readSignatures(source)) hlkx.openSignature(signature).checkGenuine();
}

async function judgePackageSignature(input: Uint8Array): Promise<void> {
  const signature = hlkx.openSignature(input);
  signature.checkGenuine();
  await signature.checkContent(bytesSource(signedPackage));
}

const documents = [
  '<?xml version="1.0" encoding="utf-8"?><a xmlns="urn:a" xmlns:b="urn:b" b:c="1" d="&lt;2&gt;"><b:e/>text<!-- c --><?pi x?></a>',
  '<r xml:space="preserve"><s xmlns=""><![CDATA[<&>]]></s><t Id="x" xmlns:q="urn:q"><q:u q:v="\u00e4&#xD;"/></t></r>',
].map(text);

function everyElement(element: XmlElement): void {
  canonicalize(element);
  for (const child of childElements(element)) everyElement(child);
}

export const targets: readonly FuzzTarget[] = [
  {
    name: 'zip',
    samples: async () => [archive],
    async read(input) {
      const zip = await openZip(bytesSource(input));
      for (const entry of zip.entries) await zip.readEntry(entry, 1024 * 1024);
    },
  },
  { name: 'hlkx', samples: async () => [signedPackage], read: judgePackage },
  { name: 'hlkx signature', samples: async () => [packageSignature], read: judgePackageSignature },
  ...[CONTENT_TYPES, '_rels/.rels'].map((name) => ({
    name: `hlkx ${name}`,
    samples: async () => [text(parts.get(name) ?? '')],
    read: async (input: Uint8Array) => judgePackage(await packageWith(name, input)),
  })),
  {
    name: 'xml',
    samples: async () => documents,
    read(input) {
      const document = parseXml(input);
      canonicalize(document, { comments: true });
      canonicalize(document.root, { exclusive: [] });
      everyElement(document.root);
    },
  },
];
