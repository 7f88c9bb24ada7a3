// Packages that lie, or ask for more than they may. Each test says what it tries.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesSource } from '../../src/byte-source.ts';
import { hlkx, openPackage, ParseError } from '../../src/index.ts';
import { damagedCopies } from '../support/damage.ts';
import { makeZip, type Sample, utf8 } from '../zip/archives.ts';
import { CONTENT_TYPES, changed, makePackage, openAll, relationship, relationshipsText, sign } from './packages.ts';

async function rejectsWith(code: string, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof ParseError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

const open = (bytes: Uint8Array) => openPackage(bytesSource(bytes));
const withParts = (more: readonly Sample[], types?: string) => open(makePackage(more, types));

test('names that cannot be those of parts', async () => {
  const names = [
    'hck/a b.txt',
    'hck/ä.txt',
    'hck/a%2Fb.txt',
    'hck/a%5cb.txt',
    'hck/%41.txt',
    'hck/%7E.txt',
    'hck/%zz.txt',
    'hck/%.txt',
    'hck/a.txt.',
    'hck./a.txt',
    'hck/a#b.txt',
    'hck/a?b.txt',
    'hck/[0].piece',
    'hck/a^b.txt',
  ];
  for (const name of names) await rejectsWith('bad-part-name', withParts([{ name }]));
  await rejectsWith('bad-part-name', withParts([{ name: 'hck/data/9A7B/inner.txt' }]));
  await rejectsWith('bad-part-name', withParts([{ name: 'hck/data/PACKAGEINFO.XML/inner.txt' }]));
  await rejectsWith('duplicate-name', withParts([{ name: 'HCK/telemetry/EMPTY.txt' }]));
  assert.ok((await withParts([{ name: "hck/%C3%A4%20$&'()*+,;=:@!-._~.txt" }])).parts.length > 0);
});

test('content types that are missing, doubled, malformed', async () => {
  await rejectsWith('no-content-type', withParts([{ name: 'hck/unknown.zzz' }]));
  await rejectsWith('no-content-type', withParts([{ name: 'hck/unknown' }]));
  await rejectsWith('no-content-types', open(makeZip([{ name: 'a.txt' }])));
  const types = (change: (text: string) => string) => withParts([], change(CONTENT_TYPES));
  const twice = '<Default Extension="TXT" ContentType="text/x" /></Types>';
  await rejectsWith(
    'bad-content-types',
    types((text) => text.replace('</Types>', twice)),
  );
  const override = '<Override PartName="/HCK/data/9a7b" ContentType="text/x" /></Types>';
  await rejectsWith(
    'bad-content-types',
    types((text) => text.replace('</Types>', override)),
  );
  for (const type of ['text', 'text/', 'text/a b', '']) {
    await rejectsWith(
      'bad-content-types',
      types((text) => text.replace('"text/plain"', `"${type}"`)),
    );
  }
  await rejectsWith(
    'bad-content-types',
    types((text) => text.replace('</Types>', '<Other /></Types>')),
  );
  await rejectsWith(
    'unexpected-xml',
    types((text) => text.replace('2006/content-types', '2006/other')),
  );
  await rejectsWith(
    'unexpected-xml',
    types((text) => text.replace('</Types>', 'text</Types>')),
  );
  await rejectsWith(
    'bad-part-name',
    types((text) => text.replace('"/hck/data/9A7B"', '"hck/data/9A7B"')),
  );
  await rejectsWith(
    'doctype',
    types((text) => text.replace('<Types', '<!DOCTYPE Types [<!ENTITY a "b">]><Types')),
  );
  const rels = '<Override PartName="/_rels/.rels" ContentType="text/xml" /></Types>';
  await rejectsWith(
    'bad-relationships',
    types((text) => text.replace('</Types>', rels)),
  );
  await rejectsWith('bad-relationships', withParts([{ name: 'hck/no.rels' }]));
});

test('relationships that are doubled, malformed, or hold more than they may', async () => {
  const read = async (...relationships: string[]) => {
    const bytes = await changed(makePackage(), (files) =>
      files.set('_rels/.rels', utf8(relationshipsText(...relationships))),
    );
    return hlkx.readSignatures(bytesSource(bytes));
  };
  const one = relationship('R1', 'urn:t', '/hck/data/9A7B');
  assert.deepEqual(await read(one), []);
  await rejectsWith('bad-relationships', read(one, one));
  await rejectsWith('bad-relationships', read(one.replace('Id="R1"', '')));
  await rejectsWith('bad-relationships', read(one.replace('"urn:t"', '""')));
  await rejectsWith('bad-relationships', read(one.replace(' Id', ' TargetMode="Elsewhere" Id')));
  await rejectsWith('bad-relationships', read(one.replace(' Id', ' Other="1" Id')));
  await rejectsWith('bad-relationships', read(one.replace(' />', `>${one}</Relationship>`)));
  await rejectsWith('unexpected-xml', read('<a xmlns="urn:a" />'));
  await rejectsWith('malformed', read('<Relationship'));
  await rejectsWith('too-deep', read('<Relationships>'.repeat(1000)));
  const attributes = Array.from({ length: 100_000 }, (_, index) => ` a${index}=""`).join('');
  await rejectsWith('too-many-attributes', read(one.replace(' Id', `${attributes} Id`)));
});

test('no relationships at all', async () => {
  const bytes = await changed(makePackage(), (files) => files.delete('_rels/.rels'));
  await rejectsWith('no-relationships', hlkx.content(bytesSource(bytes), 'sha256'));
});

test('more signatures than there may be', async () => {
  const bytes = await changed(await sign(makePackage()), (files) => {
    const name = [...files.keys()].find((each) => each.endsWith('origin.psdsor.rels')) ?? '';
    const type = 'http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/signature';
    const many = Array.from({ length: 17 }, (_, index) => relationship(`R${index}`, type, `/s${index}.psdsxs`));
    files.set(name, utf8(relationshipsText(...many)));
  });
  await rejectsWith('too-many-signatures', hlkx.readSignatures(bytesSource(bytes)));
});

test('a manifest with ten thousand references, and one with a huge Id', async () => {
  const signed = await sign(makePackage());
  const [signature] = await hlkx.readSignatures(bytesSource(signed));
  const text = Buffer.from(signature ?? []).toString();
  const reference = /<Reference URI="\/hck\/telemetry\/empty[\s\S]*?<\/Reference>/.exec(text)?.[0] ?? '';
  const many = Array.from({ length: 10_000 }, (_, index) => reference.replace('empty', `empty${index}`)).join('');
  const opened = hlkx.openSignature(utf8(text.replace(reference, many)));
  assert.match(opened.checkGenuine() ?? '', /list of signed parts was changed/);
  assert.match(
    (await opened.checkContent(bytesSource(signed))) ?? '',
    /is signed but is not in the package; .*; and 9996 more$/,
  );
  const id = 'x'.repeat(1_000_000);
  const huge = hlkx.openSignature(utf8(text.replaceAll('idPackageObject', id)));
  assert.match(huge.checkGenuine() ?? '', /not by this key/);
});

test('damaged packages and signatures throw ParseError and nothing else', async () => {
  const small = makeZip([
    { name: '[Content_Types].xml', contents: CONTENT_TYPES, method: 0 },
    { name: '_rels/.rels', contents: relationshipsText(relationship('R1', 'urn:t', '/a.txt')), method: 0 },
    { name: 'a.txt', contents: 'text', method: 0 },
  ]);
  const signed = await sign(small);
  const onlyParseErrors = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      assert.ok(error instanceof ParseError, error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  };
  const check = async (bytes: Uint8Array) => {
    for (const signature of await openAll(bytes)) {
      signature.checkGenuine();
      await signature.checkContent(bytesSource(bytes));
    }
  };
  for (const copy of damagedCopies(signed, 800, 11)) await onlyParseErrors(() => check(copy));
  const [signature = new Uint8Array(0)] = await hlkx.readSignatures(bytesSource(signed));
  for (const copy of damagedCopies(signature, 1500, 12)) {
    await onlyParseErrors(async () => {
      const opened = hlkx.openSignature(copy);
      opened.checkGenuine();
      await opened.checkContent(bytesSource(signed));
    });
  }
  // Each file damaged inside a sound archive, where no checksum stands before the parsers.
  for (const part of ['[Content_Types].xml', '_rels/.rels', 'origin.psdsor.rels', '.psdsxs.rels', '.psdsxs', '.cer']) {
    const copies = await damagedInside(signed, part);
    for (const copy of copies) await onlyParseErrors(() => check(copy));
  }
});

async function damagedInside(bytes: Uint8Array, part: string): Promise<Uint8Array[]> {
  const copies: Uint8Array[] = [];
  const collect = (files: Map<string, Uint8Array>) => {
    const name = [...files.keys()].find((each) => each.endsWith(part)) ?? assert.fail(part);
    for (const copy of damagedCopies(files.get(name) ?? new Uint8Array(1), 120, 13)) {
      const all = new Map(files).set(name, copy);
      copies.push(makeZip([...all].map(([each, contents]) => ({ name: each, contents, method: 0 }))));
    }
  };
  await changed(bytes, collect);
  return copies;
}
