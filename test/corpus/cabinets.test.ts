// Cabinets that others collected to break readers, and sound ones of several makers.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey, publicDecrypt } from 'node:crypto';
import { basename } from 'node:path';
import { test } from 'node:test';
import { bytesSource, cabinet, extractCabinet, ParseError, readCabinet } from '@assay/authenticode';
import { corpusPart, filesIn, readBytes } from './corpus-files.ts';

const MOST_MILLISECONDS = 1000;

/** SHA-256 of each file by name, or the ParseError. */
async function extracted(bytes: Uint8Array): Promise<Map<string, string> | ParseError> {
  const source = bytesSource(bytes);
  const files = new Map<string, string>();
  try {
    await extractCabinet(source, await readCabinet(source), ({ name }) => {
      const hash = createHash('sha256');
      return { write: (chunk) => void hash.update(chunk), close: () => void files.set(name, hash.digest('hex')) };
    });
    return files;
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
}

/** Sound cabinets, with the number of their files. Every other one is refused. */
const SOUND: Readonly<Record<string, number>> = {
  'bad_nofiles.cab': 0,
  'cve-2017-11423-fname-overread.cab': 1,
  'normal_255c_filename.cab': 1,
  'normal_2files_1folder.cab': 2,
  'normal_2files_2folders.cab': 4,
  'reserve_---.cab': 2,
  'reserve_--D.cab': 2,
  'reserve_-F-.cab': 2,
  'reserve_-FD.cab': 2,
  'reserve_H--.cab': 2,
  'reserve_H-D.cab': 2,
  'reserve_HF-.cab': 2,
  'reserve_HFD.cab': 2,
  'test-mszip.cab': 2,
  'test-none.cab': 2,
  'test-signed.cab': 2,
  'unsigned.ex_': 2,
};

/** Why the famous ones are refused. */
const CODES: Readonly<Record<string, string>> = {
  'bad_folderindex.cab': 'bad-file',
  'bad_nofolders.cab': 'bad-file',
  'bad_signature.cab': 'not-a-cabinet',
  'cve-2010-2800-mszip-infinite-loop.cab': 'bad-compression',
  'cve-2014-9556-qtm-infinite-loop.cab': 'bad-file',
  'cve-2014-9732-folders-segfault.cab': 'bad-file',
  'cve-2015-4470-mszip-over-read.cab': 'unsupported-version',
  'cve-2015-4471-lzx-under-read.cab': 'truncated',
  'cve-2018-18584-qtm-max-size-block.cab': 'quantum-not-supported',
  'filename-read-violation-1.cab': 'empty-name',
  'lzx-main-tree-no-lengths.cab': 'bad-lzx',
  'multi_basic_pt1.cab': 'continued-file',
  'partial_str_shortpname.cab': 'name-too-long',
  'search_basic.cab': 'not-a-cabinet',
  'test-ncbytes-overflow.cab': 'trailing-data',
};

for (const [part, count] of [
  ['libmspack', 54],
  ['gcab', 8],
  ['osslsigncode', 1],
] as const) {
  test(`${part}: each cabinet is extracted or refused, within a second`, async (t) => {
    const folder = corpusPart(t, part);
    if (folder === undefined) return;
    const paths = [...filesIn(folder, '**/*.cab'), ...filesIn(folder, '**/*.ex_')];
    assert.equal(paths.length, count);
    for (const path of paths) {
      const name = basename(path);
      const started = performance.now();
      const result = await extracted(readBytes(path));
      const elapsed = performance.now() - started;
      assert.ok(elapsed < MOST_MILLISECONDS, `${path} took ${elapsed} ms`);
      if (result instanceof ParseError) {
        assert.equal(SOUND[name], undefined, `${path}: ${result.message}`);
        assert.equal(result.code, CODES[name] ?? result.code, path);
      } else {
        assert.equal(result.size, SOUND[name], path);
      }
    }
  });

  test(`${part}: the same files come out as with cabextract`, async (t) => {
    const folder = corpusPart(t, part);
    if (folder === undefined) return;
    if (spawnSync('cabextract', ['--version']).error !== undefined) {
      t.skip('cabextract is not installed: apt-get install cabextract');
      return;
    }
    for (const path of [...filesIn(folder, '**/*.cab'), ...filesIn(folder, '**/*.ex_')]) {
      const result = await extracted(readBytes(path));
      if (result instanceof ParseError || result.size === 0) continue;
      for (const [name, sha256] of result) {
        // cabextract takes no longer names.
        if (name.length > 255) continue;
        const { stdout } = spawnSync('cabextract', ['--quiet', '--pipe', '--filter', name.replaceAll('\\', '/'), path]);
        assert.equal(createHash('sha256').update(stdout).digest('hex'), sha256, `${path}: ${name}`);
      }
    }
  });
}

test('a signed cabinet: its digest is right, and the signature is not by the key in it, as openssl says too', async (t) => {
  const folder = corpusPart(t, 'gcab');
  if (folder === undefined) return;
  const [path = ''] = filesIn(folder, '**/test-signed.cab');
  const source = bytesSource(readBytes(path));
  const [bytes = new Uint8Array(0), ...others] = await cabinet.readSignatures(source);
  assert.equal(others.length, 0);
  const signature = cabinet.openSignature(bytes);
  assert.equal(signature.signer?.commonName, 'LVFS CA');
  assert.deepEqual(
    [signature.opusInfo.programName, signature.opusInfo.moreInfoUrl],
    ['Test Firmware', 'https://fwupd.org/'],
  );
  assert.equal(signature.fileDigestAlgorithm, 'sha1');
  assert.equal(await signature.checkContent(source), undefined);
  const certificate = createPublicKey(signature.signer.publicKey.export({ format: 'pem', type: 'spki' }));
  assert.throws(() => publicDecrypt(certificate, signature.signatureValue), /padding/);
  assert.equal(typeof signature.checkGenuine(), 'string');
});
