// The tables of codes are consistent with themselves and with what is known of the systems they name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BUILT_IN_CODES,
  ERRORS,
  type ErrorCode,
  OPERATING_SYSTEM_FAMILIES,
  OPERATING_SYSTEMS,
  PRODUCT_TYPES,
  wireCode,
} from '../src/index.ts';

function assertUniqueWithoutCase(names: readonly string[]): void {
  assert.equal(new Set(names.map((name) => name.toLowerCase())).size, names.length);
}

test('no code, family or product type stands twice, not even in another case', () => {
  assertUniqueWithoutCase(OPERATING_SYSTEMS.map(({ code }) => code));
  assertUniqueWithoutCase(OPERATING_SYSTEM_FAMILIES.map(({ code }) => code));
  assertUniqueWithoutCase(PRODUCT_TYPES.map(({ name }) => name));
});

test('the architecture and edition of a code agree with its spelling', () => {
  for (const { code, architecture, server } of OPERATING_SYSTEMS) {
    const spelled = /_(X64|IA64|ARM64|ARM|X86)(?:_|$)/i.exec(code)?.[1]?.toLowerCase() ?? 'x86';
    assert.equal(architecture, spelled, code);
    assert.equal(server, /server|2003/i.test(code), code);
  }
});

test('the build number belongs to the release that the code names', () => {
  const builds: Readonly<Record<string, number>> = {
    TH1: 10240,
    RS5: 17763,
    VB: 19041,
    FE: 20348,
    NI: 22621,
    GE: 26100,
  };
  for (const { code, version } of OPERATING_SYSTEMS) {
    const release = /_v100.*_(TH1|RS5|VB|FE|NI|GE)_FULL/i.exec(code)?.[1];
    if (release !== undefined) assert.equal(version.build, builds[release], code);
  }
});

test('a catalog name agrees with the architecture', () => {
  for (const { code, catalogName, architecture } of OPERATING_SYSTEMS) {
    if (catalogName === undefined) continue;
    const spelled = /(X64|IA64|ARM64|ARM|X86)/.exec(catalogName)?.[1]?.toLowerCase() ?? 'x86';
    assert.equal(spelled, architecture, code);
  }
});

test('codes are found without regard to case, with their facts', () => {
  const system = BUILT_IN_CODES.findOperatingSystem('windows_V100_x64_GE_full');
  assert.equal(system?.code, 'WINDOWS_v100_X64_GE_FULL');
  assert.equal(system?.catalogName, '_v100_X64_24H2');
  assert.equal(system?.osAttribute, '2:10.0');
  assert.equal(BUILT_IN_CODES.findOperatingSystem('WINDOWS_2000')?.osAttribute, '2:5.00');
  assert.equal(BUILT_IN_CODES.findOperatingSystem('Windows_v100Server_x64_RS3_Full')?.server, true);
  assert.equal(BUILT_IN_CODES.findOperatingSystemFamily('windows_v100server_ge')?.code, 'Windows_v100Server_GE');
  assert.equal(BUILT_IN_CODES.findProductType('unclassified')?.name, 'Unclassified');
});

test('codes that the real service refuses are kept in the table but not found', () => {
  assert.ok(
    OPERATING_SYSTEMS.some(({ code, status }) => code === 'WINDOWS_v100_X64_SV3_FULL' && status === 'rejected'),
  );
  assert.equal(BUILT_IN_CODES.findOperatingSystem('WINDOWS_v100_X64_SV3_FULL'), undefined);
  assert.equal(BUILT_IN_CODES.findOperatingSystem('WINDOWS_v100_X64'), undefined);
});

test('every release of Windows 10 and later that has a code has a family or is newer than the documents', () => {
  for (const { code, status } of OPERATING_SYSTEMS) {
    const release = /_v100.*_(TH1|TH2|RS[1-5]|19H1|VB|FE|CO|NI|GE)_FULL$/i.exec(code)?.[1];
    if (release === undefined || status !== 'documented') continue;
    const families = [`Windows_v100_${release}`, `Windows_v100Server_${release}`];
    assert.ok(
      families.some((family) => BUILT_IN_CODES.findOperatingSystemFamily(family)),
      code,
    );
  }
});

test('error codes are spelled as each version of the API spells them', () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    assert.equal(wireCode(code, 'v1.0'), code);
    assert.match(wireCode(code, 'v2.0'), /^[a-z]/);
  }
  assert.equal(wireCode('RequestInvalidForCurrentState', 'v2.0'), 'requestInvalidForCurrentState');
});
