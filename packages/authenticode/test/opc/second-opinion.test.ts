// What others say of our signatures: xmllint canonicalizes, openssl digests and verifies, xmlsec1 does it all but the parts.
// And what we say of packages that others signed, when a folder with such files is named in ASSAY_CORPUS.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { bytesSource } from '../../src/byte-source.ts';
import { concatBytes } from '../../src/bytes.ts';
import { encodePem, hlkx, ParseError } from '../../src/index.ts';
import { makeFolder, runTool } from '../support/external-tool.ts';
import { unzip } from '../zip/archives.ts';
import { changed, makePackage, openAll, sign, testAuthority } from './packages.ts';

const NAMESPACE = ' xmlns="http://www.w3.org/2000/09/xmldsig#"';

function hasTools(t: TestContext, tools: Readonly<Record<string, string>>): boolean {
  for (const [tool, aptPackage] of Object.entries(tools)) {
    if (spawnSync(tool, [tool === 'openssl' ? 'version' : '--version']).error !== undefined) {
      t.skip(`${tool} is not installed: apt-get install ${aptPackage}`);
      return false;
    }
  }
  return true;
}

function digest(algorithm: string, bytes: Uint8Array): string {
  return spawnSync('openssl', ['dgst', `-${algorithm}`, '-binary'], { input: bytes }).stdout.toString('base64');
}

/** The first match of the group in `text`. */
function find(text: string, pattern: RegExp): string {
  const [, group] = pattern.exec(text) ?? [];
  return group ?? assert.fail(`no ${pattern}`);
}

test('xmllint and openssl: the signature, the Object, each part, the relationships', async (t) => {
  if (!hasTools(t, { xmllint: 'libxml2-utils', openssl: 'openssl' })) return;
  const { leaf } = testAuthority();
  const key = leaf.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const files = await unzip(await sign(makePackage()));
  const name = [...files.keys()].find((each) => each.endsWith('.psdsxs')) ?? '';
  const xml = Buffer.from(files.get(name) ?? []).toString();
  const folder = makeFolder(t, {
    'key.pem': key,
    'value.bin': Buffer.from(find(xml, /<SignatureValue>([^<]*)/), 'base64'),
    // Cut out of the document, each needs the namespace that it inherits there.
    'SignedInfo.xml': find(xml, /(<SignedInfo>.*<\/SignedInfo>)/).replace('<SignedInfo', `<SignedInfo${NAMESPACE}`),
    'Object.xml': find(xml, /(<Object .*<\/Object>)/).replace('<Object', `<Object${NAMESPACE}`),
    'root.xml': files.get('_rels/.rels') ?? '',
  });
  const canonical = (file: string) => {
    const { stdout, status } = spawnSync('xmllint', ['--c14n', file], { cwd: folder });
    assert.equal(status, 0);
    return stdout;
  };
  const verified = spawnSync('openssl', ['dgst', '-sha256', '-verify', 'key.pem', '-signature', 'value.bin'], {
    cwd: folder,
    input: canonical('SignedInfo.xml'),
  });
  assert.equal(verified.status, 0, `${verified.stdout}${verified.stderr}`);
  assert.equal(find(xml, /#idPackageObject".*?<DigestValue>([^<]*)/), digest('sha256', canonical('Object.xml')));

  let checked = 0;
  for (const [, uri = '', body = ''] of xml.matchAll(/<Reference URI="\/([^?]*)\?[^"]*">(.*?)<\/Reference>/g)) {
    if (body.includes('<Transforms>')) continue;
    assert.equal(find(body, /<DigestValue>([^<]*)/), digest('sha256', files.get(uri) ?? assert.fail(uri)), uri);
    checked += 1;
  }
  assert.equal(checked, 5);
  const [whole = '', selected = ''] = [
    ...xml.matchAll(/<Reference URI="\/_rels\/\.rels\?[^"]*">(.*?)<\/Reference>/g),
  ].map(([, body]) => body);
  assert.equal(find(whole, /<DigestValue>([^<]*)/), digest('sha256', canonical('root.xml')));
  // The relationships transform by hand.
  const relationships = [
    ...Buffer.from(files.get('_rels/.rels') ?? [])
      .toString()
      .matchAll(/<Relationship (.*?) \/>/g),
  ]
    .map(([, attributes = '']) =>
      Object.fromEntries([...attributes.matchAll(/(\w+)="([^"]*)"/g)].map(([, a, b]) => [a, b])),
    )
    .filter(({ Type }) => !Type.endsWith('/digital-signature/origin'))
    .sort((a, b) => (a.Id < b.Id ? -1 : 1))
    .map(
      ({ Id, Target, TargetMode = 'Internal', Type }) =>
        `<Relationship Id="${Id}" Target="${Target}" TargetMode="${TargetMode}" Type="${Type}"></Relationship>`,
    );
  assert.deepEqual(
    relationships.map((each) => each.slice(18, 21)),
    ['RA1', 'Ra1', 'Rb2', 'Rc3', 'Rd4', 'Re5'],
  );
  const text = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${relationships.join('')}</Relationships>`;
  assert.equal(find(selected, /<DigestValue>([^<]*)/), digest('sha256', Buffer.from(text)));
});

test('xmlsec1 verifies what readSignatures gives, and finds a change', async (t) => {
  if (!hasTools(t, { xmlsec1: 'xmlsec1' })) return;
  const { root } = testAuthority();
  for (const digestAlgorithm of ['sha256', 'sha384', 'sha512'] as const) {
    const signed = await sign(makePackage(), { digestAlgorithm });
    const [signature] = await hlkx.readSignatures(bytesSource(signed));
    assert.ok(signature);
    const folder = makeFolder(t, {
      'root.pem': encodePem('CERTIFICATE', root.bytes),
      'good.xml': signature,
      'bad.xml': Buffer.from(signature).toString().replace('/hck/data/9A7B?', '/hck/data/9A7C?'),
    });
    const options = ['--verify', '--ignore-manifests', '--id-attr:Id', 'Object', '--trusted-pem', 'root.pem'];
    const good = runTool('xmlsec1', [...options, 'good.xml'], folder);
    assert.equal(good.status, 0, good.output);
    const bad = runTool('xmlsec1', [...options, 'bad.xml'], folder);
    assert.notEqual(bad.status, 0, bad.output);
  }
});

/** Checks the signatures of a package, and that it can be signed again; gives how many signatures there were. */
async function checkForeign(bytes: Uint8Array, file: string): Promise<number> {
  const source = bytesSource(bytes);
  const signatures = await openAll(bytes);
  for (const signature of signatures) {
    assert.equal(signature.checkGenuine(), undefined, file);
    assert.equal(await signature.checkContent(source), undefined, file);
    const longer = await changed(bytes, (files) => {
      const name = [...files.keys()].find((each) => !/rels$|^\[|digital-signature/.test(each)) ?? assert.fail(file);
      files.set(name, concatBytes([files.get(name) ?? new Uint8Array(0), new Uint8Array(1)]));
    });
    assert.match((await signature.checkContent(bytesSource(longer))) ?? '', /was changed after it was signed/, file);
  }
  const { key } = testAuthority();
  const again = await sign(bytes);
  const [signature] = await openAll(again);
  assert.equal(signature?.signer?.thumbprint, key.certificate.thumbprint, file);
  assert.equal(signature.checkGenuine(), undefined, file);
  assert.equal(await signature.checkContent(bytesSource(again)), undefined, file);
  return signatures.length;
}

test('packages that other programs signed', async (t) => {
  const folder = process.env.ASSAY_CORPUS;
  if (folder === undefined) return t.skip('ASSAY_CORPUS names no folder with .hlkx and .vsix files');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((each) =>
    /\.(hlkx|vsix)$/i.test(each),
  );
  if (files.length === 0) return t.skip('there is no .hlkx or .vsix file below the folder that ASSAY_CORPUS names');
  for (const file of files) {
    const bytes: Uint8Array = new Uint8Array(readFileSync(join(folder, file)));
    // What is no package, and packages without relationships, are there as well.
    if (!hlkx.identify(bytes) || (await hlkx.confirm?.(bytesSource(bytes))) !== true) {
      t.diagnostic(`${file}: no package with relationships`);
      continue;
    }
    try {
      t.diagnostic(`${file}: ${await checkForeign(bytes, file)} good signatures`);
    } catch (error) {
      // Some samples were made by hand and have something behind their end.
      if (!(error instanceof ParseError) || error.code !== 'trailing-data') throw error;
      t.diagnostic(`${file}: refused: ${error.message}`);
    }
  }
  return undefined;
});
