// Reads real INFs and INXs from the folder that ASSAY_INF_CORPUS names, such as those of public driver samples.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  followReferences,
  listBuildVariables,
  listCopiedFiles,
  listInstallSections,
  listModels,
  listModelsReferences,
  listServices,
  listUndefinedTokens,
  parseInf,
} from '../../src/inf/index.ts';

const CORPUS = process.env.ASSAY_INF_CORPUS ?? process.env.ASSAY_CORPUS;

test('real INFs are read without misreading', {
  skip: CORPUS === undefined && 'set ASSAY_INF_CORPUS or ASSAY_CORPUS to a folder with INFs',
}, () => {
  const folder = CORPUS ?? '';
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.in[fx]$/iu.test(name));
  assert.notEqual(files.length, 0, 'the folder holds INFs');
  for (const name of files) {
    const bytes = readFileSync(join(folder, name));
    const document = parseInf(bytes, { architecture: 'amd64' });
    const keys = [...document.sections.keys()];
    if (!keys.includes('version')) continue;
    const installs = listInstallSections(document);
    assert.ok(installs.length > 0, `${name} installs something`);
    assert.ok(
      listModels(document).length > 0 || keys.some((key) => key.startsWith('defaultinstall')),
      `${name} has devices or a default`,
    );
    assert.ok(
      listModelsReferences(document).every(({ section }) => keys.includes(section.toLowerCase())),
      `${name} has every models section`,
    );
    assert.ok(
      installs.every(({ section }) => section !== undefined),
      `${name} has every install section`,
    );
    for (const install of installs) {
      followReferences(document, install);
      for (const { sections } of install.subsections) {
        for (const { name: service, settings } of sections.flatMap((section) => listServices(document, section))) {
          assert.ok(
            service === '' || settings?.serviceBinary !== undefined,
            `${name}: the service ${service} has a binary`,
          );
        }
      }
    }
    for (const { path, listed } of listCopiedFiles(document)) assert.ok(listed, `${name}: ${path} is listed`);
    // What has a place stands there.
    const text = new TextDecoder(document.encoding === 'ansi' ? 'windows-1252' : document.encoding).decode(bytes);
    const lines = text.split(/\r\n|\n|\r/u);
    for (const [sign, names] of [
      ['%', listUndefinedTokens(document)],
      ['$', listBuildVariables(document)],
    ] as const) {
      for (const { name: token, line, column } of names) {
        const found = lines[line - 1]?.slice(column - 1, column + token.length + 1);
        assert.equal(found, `${sign}${token}${sign}`, `${name}, line ${line}`);
      }
    }
    for (const section of document.sections.values()) {
      for (const { raw, line, column } of section.entries) {
        const [first = ''] = raw.split(/\r\n|\n|\r/u);
        assert.equal(lines[line - 1]?.slice(column - 1, column - 1 + first.length), first, `${name}, line ${line}`);
      }
    }
  }
});
