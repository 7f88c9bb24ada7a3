// Entries that Microsoft put into real catalogs, made again from the digests of the vendors' files: the same to the byte.
// Whole catalogs with their files are rebuilt in vendor-catalogs.test.ts, where a folder with such files is at hand.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CatalogMember, createCatalog, parseCatalog } from '../../src/index.ts';

interface Recorded {
  readonly catalog: string;
  readonly version: 1 | 2;
  readonly linkForm: 'empty' | 'obsolete';
  readonly member: CatalogMember;
  /** SHA-256 of the DER of Microsoft's entry, lower-case hexadecimal. */
  readonly entry: string;
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

function readRecorded(line: string): Recorded {
  const [catalog, version, linkForm, fileName, kind, sha1, sha256, osAttributes, entry, ...rest] = line.split('\t');
  assert.ok(catalog && fileName && sha1 && sha256 && osAttributes && entry && rest.length === 0, line);
  assert.ok(kind === 'pe' || kind === 'flat', line);
  assert.ok(linkForm === 'empty' || linkForm === 'obsolete', line);
  const systems = osAttributes === '-' ? {} : { osAttributes };
  return {
    catalog,
    version: version === '1' ? 1 : 2,
    linkForm,
    member: { fileName, kind, sha1: fromHex(sha1), sha256: fromHex(sha256), ...systems },
    entry,
  };
}

const RECORDED = readFileSync(join(import.meta.dirname, 'microsoft-members.tsv'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map(readRecorded);

test('each of Microsoft’s entries is made the same to the byte', (t) => {
  const counts = { 1: 0, 2: 0 };
  for (const { catalog, version, linkForm, member, entry } of RECORDED) {
    const made = parseCatalog(createCatalog({ version, linkForm, members: [member], attributes: [] })).members;
    const digests = made.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex'));
    assert.ok(digests.includes(entry), `${catalog}: the entry of ${member.fileName} is made in another way`);
    counts[version] += 1;
  }
  const catalogs = new Set(RECORDED.map(({ catalog }) => catalog)).size;
  assert.ok(counts[1] > 50 && counts[2] > 50 && catalogs > 10);
  t.diagnostic(`${counts[1]} entries of version 1 and ${counts[2]} of version 2 from ${catalogs} catalogs`);
});

test('another name, digest or list of systems makes another entry', () => {
  for (const { version, linkForm, member, entry } of RECORDED.slice(0, 20)) {
    const others: CatalogMember[] = [
      { ...member, fileName: `x${member.fileName}` },
      { ...member, osAttributes: `${member.osAttributes ?? ''},2:9.9` },
    ];
    for (const other of others) {
      const made = parseCatalog(createCatalog({ version, linkForm, members: [other], attributes: [] })).members;
      assert.ok(!made.some(({ bytes }) => createHash('sha256').update(bytes).digest('hex') === entry));
    }
  }
});
