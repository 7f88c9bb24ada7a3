// Hostile images, catalogs and cabinets. test/cab/hostile.test.ts has more about what is inside a cabinet.
import { decodeDer, write } from '../../src/der/index.ts';
import {
  bytesSource,
  cabinet,
  catalog,
  createCatalog,
  extractCabinet,
  OID,
  parseCatalog,
  pe,
  readCabinet,
  readPeImage,
  rewriteBytes,
  signFile,
} from '../../src/index.ts';
import { makeCabinet, noise, prose } from '../cab/cabinets.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';
import { changed, type HostileSample, hex, joined, text } from './hostile-sample.ts';

const { key } = makeAuthority('ec');

async function signed(bytes: Uint8Array): Promise<Uint8Array> {
  const source = bytesSource(bytes);
  return rewriteBytes(source, await signFile(source, { key }));
}

const image = makePeImage({ size: 2048, bits: 64 });
const signedImage = await signed(image);
/** Offsets in the images that `makePeImage` makes. */
const PE = { header: 0x80, optional: 0x98, directories: 0x98 + 112, certificate: 0x98 + 144, sections: 0x98 + 240 };

const readImage = (input: Uint8Array) => readPeImage(bytesSource(input));
const signaturesOf = (input: Uint8Array) => pe.readSignatures(bytesSource(input));
const imageWith = (change: (view: DataView) => void) => () => changed(image, change);
const tableWith = (change: (view: DataView, table: number) => void) => () =>
  changed(signedImage, (view) => change(view, view.getUint32(PE.certificate, true)));

/** The image with a certificate table of these bytes. */
const withTable = (table: Uint8Array) => () =>
  changed(joined(image, table), (view) => {
    view.setUint32(PE.certificate, image.length, true);
    view.setUint32(PE.certificate + 4, table.length, true);
  });

const IMAGES: readonly HostileSample[] = [
  { tries: 'nothing at all', input: () => hex(''), read: readImage, refusal: 'bytes/truncated', at: 0 },
  { tries: 'a text', input: () => new Uint8Array(512).fill(0x41), read: readImage, refusal: 'pe/not-pe', at: 0 },
  {
    tries: 'a PE header 4 GB away',
    input: imageWith((view) => view.setUint32(60, 0xffff_fff0, true)),
    read: readImage,
    refusal: 'pe/not-pe',
    at: 60,
  },
  {
    tries: 'a PE header behind the end',
    input: imageWith((view) => view.setUint32(60, 4000, true)),
    read: readImage,
    refusal: 'bytes/truncated',
    at: 4000,
  },
  {
    tries: 'a PE header that is the MS-DOS header',
    input: imageWith((view) => view.setUint32(60, 0, true)),
    read: readImage,
    refusal: 'pe/not-pe',
    at: 0,
  },
  {
    tries: '65,535 sections',
    input: imageWith((view) => view.setUint16(PE.header + 6, 0xffff, true)),
    read: readImage,
    refusal: 'pe/bad-section',
    at: PE.header + 6,
  },
  {
    tries: 'an optional header of 65,535 bytes',
    input: imageWith((view) => view.setUint16(PE.header + 20, 0xffff, true)),
    read: readImage,
    refusal: 'bytes/truncated',
  },
  {
    tries: 'an optional header of 1 byte',
    input: imageWith((view) => view.setUint16(PE.header + 20, 1, true)),
    read: readImage,
    refusal: 'pe/bad-optional-header',
    at: PE.optional,
  },
  {
    tries: 'an optional header that ends before the certificate entry',
    input: imageWith((view) => view.setUint16(PE.header + 20, 144, true)),
    read: readImage,
    refusal: 'pe/no-certificate-directory',
  },
  {
    tries: 'a ROM image',
    input: imageWith((view) => view.setUint16(PE.optional, 0x107, true)),
    read: readImage,
    refusal: 'pe/bad-optional-header',
    at: PE.optional,
  },
  {
    tries: 'no room for a certificate entry',
    input: imageWith((view) => view.setUint32(PE.optional + 108, 4, true)),
    read: readImage,
    refusal: 'pe/no-certificate-directory',
  },
  {
    tries: 'headers of 4 GB',
    input: imageWith((view) => view.setUint32(PE.optional + 60, 0xffff_ffff, true)),
    read: readImage,
    refusal: 'pe/bad-optional-header',
    at: PE.optional + 60,
  },
  {
    tries: 'headers that end inside themselves',
    input: imageWith((view) => view.setUint32(PE.optional + 60, 64, true)),
    read: readImage,
    refusal: 'pe/bad-optional-header',
    at: PE.optional + 60,
  },
  {
    tries: 'a section of 4 GB',
    input: imageWith((view) => view.setUint32(PE.sections + 16, 0xffff_ffff, true)),
    read: readImage,
    refusal: 'pe/bad-section',
    at: PE.sections + 16,
  },
  {
    tries: 'a section whose end wraps around 32 bits',
    input: imageWith((view) => {
      view.setUint32(PE.sections + 16, 0x200, true);
      view.setUint32(PE.sections + 20, 0xffff_ff00, true);
    }),
    read: readImage,
    refusal: 'pe/bad-section',
    at: PE.sections + 16,
  },
  {
    tries: 'a certificate table behind the end',
    input: imageWith((view) => {
      view.setUint32(PE.certificate, 4096, true);
      view.setUint32(PE.certificate + 4, 8, true);
    }),
    read: readImage,
    refusal: 'pe/bad-certificate-table',
    at: PE.certificate,
  },
  {
    tries: 'a certificate table whose end wraps around 32 bits',
    input: imageWith((view) => {
      view.setUint32(PE.certificate, 1024, true);
      view.setUint32(PE.certificate + 4, 0xffff_ff00, true);
    }),
    read: readImage,
    refusal: 'pe/bad-certificate-table',
    at: PE.certificate,
  },
  {
    tries: 'a certificate table inside the headers',
    input: imageWith((view) => {
      view.setUint32(PE.certificate, 8, true);
      view.setUint32(PE.certificate + 4, 2040, true);
    }),
    read: readImage,
    refusal: 'pe/bad-certificate-table',
    at: PE.certificate,
  },
  {
    tries: 'a certificate table at an odd place',
    input: imageWith((view) => {
      view.setUint32(PE.certificate, 1025, true);
      view.setUint32(PE.certificate + 4, 1023, true);
    }),
    read: readImage,
    refusal: 'pe/bad-certificate-table',
    at: PE.certificate,
  },
  {
    tries: 'a certificate table over a section, so that it is not hashed',
    input: imageWith((view) => {
      view.setUint32(PE.certificate, 1024, true);
      view.setUint32(PE.certificate + 4, 1024, true);
    }),
    read: readImage,
    refusal: 'pe/bad-section',
    at: PE.sections + 16,
  },
  {
    tries: 'bytes behind the certificate table, which nothing hashes',
    input: () => joined(signedImage, hex('0102030405060708')),
    read: readImage,
    refusal: 'pe/data-after-certificate-table',
    at: signedImage.length,
  },
  {
    tries: 'an entry of 7 bytes',
    input: tableWith((view, table) => view.setUint32(table, 7, true)),
    read: signaturesOf,
    refusal: 'pe/bad-certificate-table',
    at: image.length,
  },
  {
    tries: 'an entry of no bytes, which would never end',
    input: tableWith((view, table) => view.setUint32(table, 0, true)),
    read: signaturesOf,
    refusal: 'pe/bad-certificate-table',
    at: image.length,
  },
  {
    tries: 'an entry of 4 GB',
    input: tableWith((view, table) => view.setUint32(table, 0xffff_fff8, true)),
    read: signaturesOf,
    refusal: 'pe/bad-certificate-table',
    at: image.length,
  },
  {
    tries: '10,000 empty entries',
    input: withTable(joined(...Array.from({ length: 10_000 }, () => hex('08000000 0002 0100')))),
    read: signaturesOf,
    refusal: 'pe/bad-certificate-table',
  },
  {
    tries: 'a signature that claims more than its entry',
    input: withTable(hex('10000000 0002 0200 3084 ffffffff 0000')),
    read: signaturesOf,
    refusal: 'pe/bad-certificate-table',
  },
  {
    tries: 'a payload behind the signature, inside its entry',
    input: withTable(hex('18000000 0002 0200 3000 4141414141414141 414141414141')),
    read: signaturesOf,
    refusal: 'pe/bad-certificate-table',
  },
  {
    tries: 'padding that is not zero',
    input: withTable(hex('10000000 0002 0200 3000 000000000041')),
    read: signaturesOf,
    refusal: 'pe/bad-certificate-table',
  },
];

const sha1 = new Uint8Array(20).fill(1);
const catalogBytes = createCatalog({
  members: [{ fileName: 'a.sys', kind: 'pe', sha1, sha256: new Uint8Array(32).fill(2) }],
  attributes: [{ name: 'OS', value: '_v100' }],
});

/** The parts of the list in a catalog, some of them replaced, in a new shell. */
function catalogWith(replace: (parts: Uint8Array[]) => void): Uint8Array {
  const shell = decodeDer(catalogBytes).children()[1]?.inner().children() ?? [];
  const parts = (shell[2]?.children()[1]?.inner().children() ?? []).map(({ bytes }) => bytes);
  replace(parts);
  const content = write.sequence([
    write.oid(OID.certificateTrustList),
    write.contextExplicit(0, write.sequence(parts)),
  ]);
  const signedData = write.sequence([write.integer(1), hex('3100'), content, hex('3100')]);
  return write.sequence([write.oid(OID.signedData), write.contextExplicit(0, signedData)]);
}

const MEMBERS = 4;
const member = (tag: Uint8Array, ...attributes: readonly Uint8Array[]) =>
  write.sequence([write.octetString(tag), write.element(0x31, joined(...attributes))]);
const members = (...list: readonly Uint8Array[]) =>
  catalogWith((parts) => parts.splice(MEMBERS, 1, write.element(0x30, joined(...list))));
const named = (...parts: readonly Uint8Array[]) =>
  write.sequence([write.oid(OID.catalogNameValue), write.setOf([write.sequence([...parts])])]);

const CATALOGS: readonly HostileSample[] = [
  {
    tries: 'the signature of an image as a catalog',
    input: async () => (await pe.readSignatures(bytesSource(signedImage)))[0] ?? hex(''),
    read: parseCatalog,
    refusal: 'catalog/not-a-catalog',
  },
  {
    tries: 'a list of certificates, not of files',
    input: () => catalogWith((parts) => parts.splice(0, 1, write.sequence([write.oid('1.3.6.1.4.1.311.10.3.9')]))),
    read: parseCatalog,
    refusal: 'catalog/not-a-catalog',
  },
  {
    tries: 'members of an unknown version',
    input: () => catalogWith((parts) => parts.splice(3, 1, write.sequence([write.oid('1.3.6.1.4.1.311.12.1.9')]))),
    read: parseCatalog,
    refusal: 'catalog/unsupported-version',
  },
  {
    tries: 'a member that is a NULL',
    input: () => members(hex('0500')),
    read: parseCatalog,
    refusal: 'der/unexpected-tag',
  },
  {
    tries: 'a member without attributes',
    input: () => members(write.sequence([write.octetString(sha1)])),
    read: parseCatalog,
    refusal: 'der/missing-part',
  },
  {
    tries: 'a member with something behind its attributes',
    input: () => members(write.sequence([write.octetString(sha1), hex('3100'), hex('0500')])),
    read: parseCatalog,
    refusal: 'der/unexpected-part',
  },
  {
    tries: 'a name of half characters',
    input: () => members(member(sha1, named(hex('1e 03 004100'), write.integer(1), hex('0400')))),
    read: parseCatalog,
    refusal: 'der/bad-string',
  },
  {
    tries: 'flags of 64 bits',
    input: () => members(member(sha1, named(hex('1e 02 0041'), hex('02 09 00ffffffffffffffff'), hex('0400')))),
    read: parseCatalog,
    refusal: 'der/integer-out-of-range',
  },
  {
    tries: 'a named value that ends before its value',
    input: () => members(member(sha1, named(hex('1e 02 0041'), write.integer(1)))),
    read: parseCatalog,
    refusal: 'der/missing-part',
  },
  {
    tries: 'a member cut off inside',
    input: () => members(hex('30 7f 0400')),
    read: parseCatalog,
    refusal: 'der/truncated',
  },
  {
    tries: 'two million empty members',
    input: () => members(...Array.from({ length: 20 }, () => new Uint8Array(200_000).fill(0x30))),
    read: parseCatalog,
    refusal: 'der/truncated',
  },
  {
    tries: 'a byte behind the catalog',
    input: () => joined(catalogBytes, hex('00')),
    read: (input) => catalog.readSignatures(bytesSource(input)),
    refusal: 'der/trailing-data',
    at: catalogBytes.length,
  },
];

const plainCabinet = await makeCabinet({ 'a.inf': prose(2000) }, { reserveForSignature: true });
const signedCabinet = await signed(plainCabinet);
/** Offset of the noted place of the signature in the reserve of a header. */
const NOTED = 44;

const readSigned = (input: Uint8Array) => cabinet.readSignatures(bytesSource(input));
const cabinetWith = (change: (view: DataView, copy: Uint8Array) => void) => () => changed(signedCabinet, change);

async function extract(input: Uint8Array): Promise<void> {
  const source = bytesSource(input);
  await extractCabinet(source, await readCabinet(source), () => ({ write: () => undefined, close: () => undefined }));
}

/** A cabinet whose MSZIP blocks hold `count` times 32 KiB of zeros, all but the first refer to the one before. */
const bomb = () => makeCabinet({ zeros: new Uint8Array(8 * 1024 * 1024) });

const CABINETS: readonly HostileSample[] = [
  {
    tries: 'a signature noted beyond the end',
    input: cabinetWith((view) => view.setUint32(NOTED + 4, 0x7fff_ffff, true)),
    read: readSigned,
    refusal: 'cab/truncated',
  },
  {
    tries: 'a signature noted inside the cabinet, so that its data is not hashed',
    input: cabinetWith((view) => view.setUint32(NOTED, 100, true)),
    read: readSigned,
    refusal: 'cab/misplaced-signature',
  },
  {
    tries: 'bytes behind the signature',
    input: () => joined(signedCabinet, hex('41')),
    read: readSigned,
    refusal: 'cab/trailing-data',
  },
  {
    tries: 'a signature longer than its room',
    input: cabinetWith((view) => view.setUint16(view.getUint32(8, true) + 2, 0xffff)),
    read: readSigned,
    refusal: 'cab/truncated',
  },
  {
    tries: 'a payload behind the signature, inside its room',
    input: cabinetWith((view, copy) => copy.set(hex('3000'), view.getUint32(8, true))),
    read: readSigned,
    refusal: 'cab/trailing-data',
  },
  {
    tries: 'a reserve of 65,535 bytes in a small file',
    input: cabinetWith((view) => view.setUint16(36, 0xffff, true)),
    read: readSigned,
    refusal: 'cab/truncated',
  },
  {
    tries: 'a name that does not end',
    input: () => changed(plainCabinet, (view, copy) => copy.fill(0x61, view.getUint32(16, true) + 16)),
    read: extract,
    refusal: 'cab/truncated',
  },
  {
    tries: 'a block that inflates to more than it says',
    input: async () =>
      changed(await bomb(), (view) => {
        const at = view.getUint32(36, true);
        view.setUint32(at, 0, true);
        view.setUint16(at + 6, 100, true);
      }),
    read: extract,
    refusal: 'cab/bad-block',
  },
  {
    tries: 'a cabinet in a text',
    input: () => joined(text('to be read: '), plainCabinet),
    read: extract,
    refusal: 'cab/not-a-cabinet',
    at: 0,
  },
  {
    tries: 'noise behind the four letters',
    input: () => joined(text('MSCF'), noise(5000)),
    read: extract,
    refusal: 'cab/unsupported-version',
    at: 24,
  },
];

export const FILES: Readonly<Record<string, readonly HostileSample[]>> = {
  'PE images': IMAGES,
  catalogs: CATALOGS,
  cabinets: CABINETS,
};
