// Which profile a package is signed with, and what the file that describes profiles may say.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSigningProfiles, SigningProfileError, startServer } from '../../src/index.ts';
import { chooseProfile, resolveProfiles, SIGNING_PROFILES } from '../../src/signing/profiles.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';

test('a package is signed by what its product is: test before flight before the test harness', () => {
  const rows = [
    ['attestation', false, false, 'attestation'],
    ['notset', false, false, 'attestation'],
    ['hlk', false, false, 'whql'],
    ['hck', false, false, 'whql'],
    ['hlk', false, true, 'flight'],
    ['attestation', true, false, 'test'],
    ['hlk', true, true, 'test'],
  ] as const;
  for (const [testHarness, isTestSign, isFlightSign, expected] of rows) {
    assert.equal(chooseProfile({ testHarness, isTestSign, isFlightSign }), expected);
  }
});

test('a profile is complete, whatever is said about it', () => {
  const profiles = resolveProfiles({ whql: { mode: 'replace', timestampUrls: 'none' } }, 'built-in');
  assert.deepEqual(
    profiles.map(({ name }) => name),
    [...SIGNING_PROFILES],
  );
  const common = {
    key: 'built-in',
    digestAlgorithm: 'sha256',
    pageHashes: false,
    catalogVersion: 2,
    moreInfoUrl: undefined,
    usages: 'assay',
  };
  for (const profile of profiles) {
    const { name } = profile;
    const own =
      name === 'whql' ? { mode: 'replace', timestampUrls: 'none' } : { mode: 'append', timestampUrls: 'built-in' };
    assert.deepEqual(profile, { name, ...common, ...own });
  }
});

function profilesFile(folder: string, content: unknown): string {
  const path = join(folder, 'profiles.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('the file of profiles is read with its secrets; paths start at its folder', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'secrets'));
  writeFileSync(join(folder, 'secrets', 'pin'), '1234\r\n');
  writeFileSync(join(folder, 'password'), 'pass word');
  const file = profilesFile(folder, {
    profiles: {
      attestation: { key: 'built-in', usages: 'microsoft', timestampUrls: 'none' },
      whql: {
        key: {
          kind: 'pkcs11',
          module: 'lib/token.so',
          tokenLabel: 'Signing',
          slot: 0,
          keyId: '0A',
          pinFile: 'secrets/pin',
        },
        mode: 'replace',
        digestAlgorithm: 'sha384',
        pageHashes: true,
        catalogVersion: 1,
        moreInfoUrl: 'https://drivers.example/about',
        timestampUrls: ['http://stamps.example', 'built-in'],
      },
      test: { key: { kind: 'pkcs12', file: 'test.p12', passwordFile: 'password' } },
      flight: { key: { kind: 'pem', keyFile: '/keys/flight.pem', certificateFile: 'flight.crt' } },
      preprod: { key: { kind: 'keyVault', url: 'https://ours.vault.azure.net/certificates/preprod' } },
    },
  });
  assert.deepEqual(await readSigningProfiles(file), {
    attestation: { key: 'built-in', usages: 'microsoft', timestampUrls: 'none' },
    whql: {
      key: {
        kind: 'pkcs11',
        module: join(folder, 'lib', 'token.so'),
        tokenLabel: 'Signing',
        slot: 0,
        keyId: '0A',
        pin: '1234',
      },
      mode: 'replace',
      digestAlgorithm: 'sha384',
      pageHashes: true,
      catalogVersion: 1,
      moreInfoUrl: 'https://drivers.example/about',
      timestampUrls: ['http://stamps.example', 'built-in'],
    },
    test: { key: { kind: 'pkcs12', file: join(folder, 'test.p12'), password: 'pass word' } },
    flight: { key: { kind: 'pem', keyFile: '/keys/flight.pem', certificateFile: join(folder, 'flight.crt') } },
    preprod: { key: { kind: 'keyVault', url: 'https://ours.vault.azure.net/certificates/preprod' } },
  });
  const bare = { profiles: { whql: { key: { kind: 'pkcs11', module: 'token.so' } } } };
  const { whql } = await readSigningProfiles(profilesFile(folder, bare));
  assert.deepEqual(whql, { key: { kind: 'pkcs11', module: 'token.so' } }, "a bare name is for the system's loader");
});

async function refusalOf(file: string): Promise<string> {
  let message: string | undefined;
  await assert.rejects(readSigningProfiles(file), (error) => {
    assert.ok(error instanceof SigningProfileError, String(error));
    message = error.message;
    return true;
  });
  return message ?? '';
}

test('a file of profiles is refused with every fault, its place and what is allowed there', async (t) => {
  const folder = temporaryFolder(t);
  const profiles = (value: unknown) => profilesFile(folder, { profiles: value });
  const many = await refusalOf(
    profiles({
      WHQL: {},
      whql: { mod: 'append', mode: 'add', digestAlgorithm: 'sha1', pageHashes: 1, catalogVersion: '2', key: 'builtin' },
      test: { key: { kind: 'p12' }, moreInfoUrl: 'ftp://a', timestampUrls: ['http://a.example', 'a.example'] },
      flight: { key: { kind: 'pkcs12', fil: 'x' }, usages: 'microsoft', timestampUrls: [] },
      preprod: 7,
    }),
  );
  assert.deepEqual(many.split('\n'), [
    `The file of signing profiles ${join(folder, 'profiles.json')} cannot be used:`,
    '  profiles.WHQL is not known; allowed are "attestation", "whql", "test", "flight", and "preprod".',
    '  profiles.whql.mod is not known; allowed are "key", "mode", "digestAlgorithm", "pageHashes", "catalogVersion", "moreInfoUrl", "timestampUrls", and "usages".',
    '  profiles.whql.mode must be one of "append", "replace".',
    '  profiles.whql.digestAlgorithm must be one of "sha256", "sha384", "sha512".',
    '  profiles.whql.pageHashes must be true or false.',
    '  profiles.whql.catalogVersion must be one of 1, 2.',
    '  profiles.whql.key must be "built-in", or an object whose "kind" is one of "pkcs12", "pem", "pkcs11", and "keyVault".',
    '  profiles.test.key.kind must be one of "pkcs12", "pem", "pkcs11", and "keyVault".',
    '  profiles.test.moreInfoUrl must be an http or https address in ASCII.',
    '  profiles.test.timestampUrls[1] must be an http or https address, or "built-in".',
    '  profiles.flight.key.fil is not known; allowed are "kind", "file", and "passwordFile".',
    '  profiles.flight.key.file is missing.',
    '  profiles.flight.key.passwordFile is missing.',
    '  profiles.flight.timestampUrls must be "built-in", "none", or a list of addresses that are asked in this order.',
    '  profiles.flight.usages is only for the built-in key; this one has the usages of its certificate.',
    '  profiles.preprod must be an object.',
  ]);
  assert.match(await refusalOf(profilesFile(folder, '{')), /cannot be used:\n {2}It is not JSON: /);
  assert.match(await refusalOf(profilesFile(folder, [])), /\n {2}It must hold \{"profiles": \{ … \}\}\.$/);
  assert.match(
    await refusalOf(profilesFile(folder, { profile: {} })),
    /\n {2}profile is not known; allowed are "profiles"\.\n {2}profiles is missing\.$/,
  );
  assert.match(await refusalOf(join(folder, 'none.json')), /none\.json cannot be read: ENOENT/);
});

test('secrets are taken from files only', async (t) => {
  const folder = temporaryFolder(t);
  const withKey = (key: unknown) => refusalOf(profilesFile(folder, { profiles: { whql: { key } } }));
  const inline = await withKey({ kind: 'pkcs12', file: 'a.p12', password: 'hunter2' });
  assert.match(inline, /profiles\.whql\.key\.password: secrets do not stand in this file\. .* "passwordFile"\./);
  assert.doesNotMatch(inline, /hunter2/);
  assert.match(await withKey({ kind: 'pkcs11', module: 'a.so', pin: '1234' }), /key\.pin: .* "pinFile"\./);
  assert.match(
    await withKey({ kind: 'pkcs12', file: 'a.p12', passwordFile: 'absent' }),
    /^profiles\.whql\.key\.passwordFile: the file .*absent cannot be read: ENOENT/,
  );
  writeFileSync(join(folder, 'empty'), '\n');
  assert.match(
    await withKey({ kind: 'pkcs12', file: 'a.p12', passwordFile: 'empty' }),
    /the first line of .*empty is empty; write the secret there\./,
  );
});

test('a key that cannot be opened stops the start, with the name of its profile', async (t) => {
  const dataDirectory = temporaryFolder(t);
  const location = { kind: 'pkcs12', file: join(dataDirectory, 'absent.p12'), password: 'secret' } as const;
  const start = startServer({
    dataDirectory,
    port: 0,
    throwAway: true,
    signingProfiles: { flight: { key: location } },
  });
  await assert.rejects(start, (error) => {
    assert.ok(error instanceof SigningProfileError, String(error));
    assert.match(error.message, /^The key of the signing profile "flight" cannot be opened: .*absent\.p12/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});
