// Catalogs that Microsoft made for drivers of others, rebuilt from their files byte for byte. The drivers are not ours to
// keep here: ASSAY_CORPUS names a folder with any number of them, catalogs beside their files, at any depth.
import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import {
  bytesSource,
  type Catalog,
  type CatalogEntry,
  type CatalogMember,
  checkPackage,
  computeCatalogDigests,
  createCatalog,
  driverCatalogAttributes,
  findCatalogMembers,
  parseCatalog,
  parseSignedData,
} from '../../src/index.ts';

const CORPUS = process.env.ASSAY_CORPUS;
const LARGEST_FILE_BYTES = 64 * 1024 * 1024;

/** The files in the folder of a catalog and below. */
function filesBeside(catalogPath: string): string[] {
  return globSync(join(dirname(catalogPath), '**', '*')).filter((path) => {
    const { size } = statSync(path);
    return statSync(path).isFile() && size <= LARGEST_FILE_BYTES && !/\.cat$/i.test(path);
  });
}

/** The file as it is, and with the line endings that git may have taken from it. */
function versionsOf(bytes: Uint8Array): Uint8Array[] {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.includes('\0')) return [bytes];
  return [bytes, Buffer.from(text.replaceAll(/\r?\n/g, '\r\n'), 'latin1')];
}

/** A member that should become this entry, made of nothing but the file and the versions of Windows. */
function memberFor(entry: CatalogEntry, path: string, digests: Omit<CatalogMember, 'fileName'>): CatalogMember {
  const others = entry.values.filter(({ name }) => name !== 'File' && name !== 'OSAttr');
  return {
    ...digests,
    fileName: path,
    ...(entry.osAttributes === undefined ? {} : { osAttributes: entry.osAttributes }),
    attributes: others.map(({ name, flags, value }) => ({ name, flags, value })),
  };
}

async function membersOf(catalog: Catalog, catalogPath: string): Promise<Map<CatalogEntry, CatalogMember>> {
  const members = new Map<CatalogEntry, CatalogMember>();
  for (const path of filesBeside(catalogPath)) {
    for (const bytes of versionsOf(readFileSync(path))) {
      // An image that cannot be read as one has no digest that a catalog could list.
      const digests = await computeCatalogDigests(bytesSource(bytes)).catch(() => undefined);
      if (digests === undefined) continue;
      const name = path.replace(/^.*[/\\]/, '').toLowerCase();
      for (const digest of catalog.version === 1 ? [digests.sha1] : [digests.sha256, digests.sha1]) {
        for (const entry of findCatalogMembers(catalog, digest)) {
          if (entry.fileName === name && !entry.hasPageHashes) members.set(entry, memberFor(entry, path, digests));
        }
      }
    }
  }
  return members;
}

describe('catalogs of vendors', { skip: CORPUS === undefined && 'set ASSAY_CORPUS to a folder of drivers' }, () => {
  const catalogs = CORPUS === undefined ? [] : globSync(join(CORPUS, '**', '*.{cat,CAT}')).sort();

  test('each member whose file is there is rebuilt byte for byte', async (t) => {
    const total = { catalogs: 0, whole: 0, entries: 0, rebuilt: 0, version1: 0, version2: 0 };
    for (const path of catalogs) {
      const der = new Uint8Array(readFileSync(path));
      const original = parseCatalog(der);
      const where = relative(CORPUS ?? '', path);
      assert.deepEqual(original.notes, [], where);
      const members = await membersOf(original, path);
      if (members.size === 0) continue;
      const linkForm = original.members.find((entry) => entry.linkForm !== undefined)?.linkForm ?? 'empty';
      const rebuilt = createCatalog({
        version: original.version,
        linkForm,
        members: [...members.values()],
        attributes: original.attributes,
        listIdentifier: original.listIdentifier,
        thisUpdate: original.thisUpdate,
      });
      const made = new Set(parseCatalog(rebuilt).members.map(({ bytes }) => Buffer.from(bytes).toString('hex')));
      for (const entry of members.keys()) {
        const hex = Buffer.from(entry.bytes).toString('hex');
        assert.ok(made.has(hex), `${where}: the entry of ${entry.fileName} ${entry.tag} is made in another way`);
      }
      total.catalogs += 1;
      total.entries += original.members.length;
      total.rebuilt += members.size;
      total[`version${original.version}`] += members.size;
      // Entries of the same tag stand in either order in real catalogs, and even twice.
      const isPlain = new Set(original.members.map(({ tag }) => tag)).size === original.members.length;
      if (!isPlain || members.size < original.members.length) continue;
      assert.deepEqual(parseSignedData(rebuilt).contentBytes, parseSignedData(der).contentBytes, `${where} as a whole`);
      total.whole += 1;
    }
    if (total.catalogs === 0) return t.skip(`there are no catalogs with their files under ${CORPUS}`);
    t.diagnostic(
      `${total.rebuilt} of ${total.entries} entries in ${total.catalogs} catalogs have their file here and are the ` +
        `same to the byte (${total.version1} of version 1, ${total.version2} of version 2); so is the whole list of ` +
        `${total.whole} catalogs`,
    );
  });

  test('the attributes are those of the dashboard and of Inf2Cat, in their order', (t) => {
    let compared = 0;
    for (const path of catalogs) {
      const { attributes } = parseCatalog(new Uint8Array(readFileSync(path)));
      const values = new Map(attributes.map(({ name, value }) => [name, value]));
      const [os, lastId] = [values.get('OS'), values.get('HWID1')];
      if (os === undefined || lastId === undefined) continue;
      const found = (name: string, key: string) => {
        const value = values.get(name);
        return value === undefined ? {} : { [key]: /^(True|False)$/.test(value) ? value === 'True' : value };
      };
      const made = driverCatalogAttributes({
        operatingSystems: os.split(','),
        hardwareIds: attributes.flatMap(({ name, value }) => (name.startsWith('HWID') ? [value] : [])).reverse(),
        ...found('Qualification Level', 'qualificationLevel'),
        ...found('DTC', 'dtc'),
        ...found('Submission ID', 'submissionId'),
        ...found('BundleID', 'bundleId'),
        ...found('Universal', 'universal'),
        ...found('Declarative', 'declarative'),
      });
      const read = attributes.map(({ name, flags, value }) => ({ name, flags, value }));
      assert.deepEqual(made, read, relative(CORPUS ?? '', path));
      compared += 1;
    }
    if (compared === 0) return t.skip(`there are no catalogs of drivers under ${CORPUS}`);
    t.diagnostic(`the attributes of ${compared} catalogs are the same`);
  });

  test('a file that a catalog lists is listed, or was given other line endings', async () => {
    for (const path of catalogs) {
      const catalog = parseCatalog(new Uint8Array(readFileSync(path)));
      const names = new Set(catalog.members.flatMap(({ fileName }) => fileName ?? []));
      const files = filesBeside(path)
        .map((file) => ({ path: relative(dirname(path), file), source: bytesSource(readFileSync(file)) }))
        .filter((file) => names.has(file.path.replace(/^.*[/\\]/, '').toLowerCase()));
      if (files.length === 0) continue;
      const check = await checkPackage(catalog, files);
      const found = check.files.filter(({ status }) => status === 'listed' || status === 'lineEndings');
      assert.ok(found.length > 0, `${relative(CORPUS ?? '', path)}: ${check.summary}`);
    }
  });
});
