// Valid inputs for the fuzz targets, made anew in each process: keys, certificates, signed files.
import {
  bytesSource,
  type CatalogMember,
  computeCatalogDigests,
  createCatalog,
  driverCatalogAttributes,
  type LocalKey,
  rewriteBytes,
  signFile,
} from '../../src/index.ts';
import { makeCabinet, noise, prose } from '../cab/cabinets.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';

export const rsa = makeAuthority('rsa');
export const ec = makeAuthority('ec');
export const trust = { anchors: [rsa.root, ec.root] };

/** What a PKCS#12 file of this authority holds. */
export function localKeyOf({ leafKeys, leaf, intermediate, root }: typeof rsa): LocalKey {
  return { privateKey: leafKeys.privateKey, certificate: leaf, chain: [intermediate, root] };
}

async function signed(bytes: Uint8Array, { key }: typeof rsa): Promise<Uint8Array> {
  const source = bytesSource(bytes);
  return rewriteBytes(
    source,
    await signFile(source, { key, programName: 'Echo', moreInfoUrl: 'https://example.com/' }),
  );
}

export const image = makePeImage({ size: 3001, bits: 64, sections: 2 });
const image32 = makePeImage({ size: 2048, bits: 32 });
export const signedImage = await signed(image, rsa);
export const signedImage32 = await signed(image32, ec);

const inf = new TextEncoder().encode('[Version]\r\nSignature="$WINDOWS NT$"\r\n');

async function memberOf(fileName: string, bytes: Uint8Array): Promise<CatalogMember> {
  return { fileName, osAttributes: '2:10.0', ...(await computeCatalogDigests(bytesSource(bytes))) };
}

export const catalogBytes = createCatalog({
  members: [await memberOf('echo.sys', image), await memberOf('echo.inf', inf)],
  attributes: driverCatalogAttributes({
    operatingSystems: ['_v100_X64'],
    hardwareIds: ['root\\echo', 'pci\\ven_1234'],
  }),
});
export const signedCatalog = await signed(catalogBytes, rsa);

const contents = { 'd\\a.inf': prose(3000), 'd\\b.sys': noise(700) };
const mszipCabinet = await makeCabinet(contents);
const storedCabinet = await makeCabinet(contents, { compression: 'none', folderBytes: 2000 });

/** Without checksums on its blocks, so that damage to their data reaches the decoder. */
function withoutChecksums(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  const folders = view.getUint16(26, true);
  for (let folder = 0; folder < folders; folder++) {
    const entry = 36 + 8 * folder;
    let at = view.getUint32(entry, true);
    for (let block = view.getUint16(entry + 4, true); block > 0; block--) {
      view.setUint32(at, 0, true);
      at += 8 + view.getUint16(at + 4, true);
    }
  }
  return copy;
}

export const cabinets: readonly Uint8Array[] = [
  withoutChecksums(mszipCabinet),
  withoutChecksums(storedCabinet),
  storedCabinet,
  await signed(mszipCabinet, rsa),
  await signed(storedCabinet, ec),
];
