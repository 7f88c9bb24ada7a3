import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeInf, parseInf } from '../src/inf/index.ts';
import { createDriverMetadata, type InfInfo } from '../src/metadata/driver-metadata.ts';
import { languageName } from '../src/metadata/languages.ts';
import { readTargeting } from '../src/metadata/targeting.ts';
import type { RequestedOperatingSystem } from '../src/operating-systems.ts';
import { bytesOf, infWith, SOUND_INF, WINDOWS_ARM64_1909, WINDOWS_X64 } from './drivers.ts';

/** The metadata of one INF with everything that it says, as it is after it was kept as JSON. */
function metadataOf(inf: string, systems: readonly RequestedOperatingSystem[] = [WINDOWS_X64]) {
  const document = parseInf(bytesOf(inf));
  const targeting = JSON.parse(JSON.stringify(readTargeting(document)));
  const one = { fileName: 'gizmo.inf', description: describeInf(document), targeting, operatingSystemCodes: systems };
  const bundle = createDriverMetadata({ bundles: [{ bundleId: 'b', infs: [one] }] }).BundleInfoMap.b;
  const info: InfInfo | undefined = bundle?.InfInfoMap['gizmo.inf'];
  return { locales: bundle?.Locales, info };
}

/** The feature score of the first device, by system. */
function scoresOf(inf: string, systems?: readonly RequestedOperatingSystem[]) {
  const { info } = metadataOf(inf, systems);
  return Object.entries(info?.OSPnPInfoMap ?? {}).map(([code, devices]) => [
    code,
    devices['pci\\ven_1234&dev_5678']?.FeatureScore,
  ]);
}

test('the metadata has the shape of the service', () => {
  const description = describeInf(parseInf(bytesOf(SOUND_INF)));
  const windows11Arm = {
    code: 'WINDOWS_v100_ARM64_CO_FULL',
    architecture: 'arm64',
    version: { major: 10, minor: 0, build: 22_000 },
  };
  const metadata = createDriverMetadata({
    bundles: [
      {
        bundleId: '0b9ac3a4-4f0e-4c4f-8dd0-6b3d1f0a2f11',
        infs: [
          {
            fileName: 'gizmo.inf',
            description,
            operatingSystemCodes: [WINDOWS_X64, WINDOWS_ARM64_1909, windows11Arm, { code: 'X86', architecture: 'x86' }],
          },
        ],
      },
    ],
  });
  const device = { Manufacturer: 'Gizmo Works', DeviceDescription: 'Gizmo, the device', FeatureScore: null };
  assert.deepEqual(metadata, {
    BundleInfoMap: {
      '0b9ac3a4-4f0e-4c4f-8dd0-6b3d1f0a2f11': {
        Locales: ['English'],
        InfInfoMap: {
          'gizmo.inf': {
            DriverPackageFamilyId: 'Gizmo Works-gizmo.inf',
            InfClass: 'System',
            DriverVersion: '1.2.3.4',
            DriverDate: '2025-10-14T00:00:00',
            ExtensionId: null,
            Provider: 'Gizmo Works',
            ClassGuid: '{4D36E97D-E325-11CE-BFC1-08002BE10318}',
            InstallationComputerHardwareIds: [],
            OSPnPInfoMap: {
              WINDOWS_v100_X64_GE_FULL: { 'pci\\ven_1234&dev_5678': device, 'pci\\ven_1234': device },
              WINDOWS_v100_ARM64_CO_FULL: { 'pci\\ven_1234&dev_5678': device },
            },
          },
        },
      },
    },
  });
});

test('names that mean something to JavaScript stay names', () => {
  const inf = SOUND_INF.replaceAll('PCI\\VEN_1234&DEV_5678', '__proto__');
  const metadata = createDriverMetadata({
    bundles: [
      {
        bundleId: 'b',
        infs: [
          {
            fileName: '__proto__',
            description: describeInf(parseInf(bytesOf(inf))),
            operatingSystemCodes: [WINDOWS_X64],
          },
        ],
      },
    ],
  });
  assert.match(JSON.stringify(metadata), /"__proto__":\{"DriverPackageFamilyId".*"__proto__":\{"Manufacturer"/u);
});

test('an INF that says nothing of these has the same metadata as before', () => {
  const { locales, info } = metadataOf(SOUND_INF);
  assert.deepEqual([locales, info?.InstallationComputerHardwareIds, info?.ExtensionId], [['English'], [], null]);
  assert.deepEqual(scoresOf(SOUND_INF), [['WINDOWS_v100_X64_GE_FULL', null]]);
});

test('languages are those of the string sections, each once, English first', () => {
  const section = (id: string) => `[Strings.${id}]\nMaker = "Gizmo"\nGizmo = "Gizmo"\n`;
  const inf = [SOUND_INF, ...['0411', '0407', '0C07', '0409', '0804', '0404', '0FED'].map(section)].join('\n');
  assert.deepEqual(metadataOf(inf).locales, [
    'English',
    '0x0fed',
    'Chinese (Simplified)',
    'Chinese (Traditional)',
    'German',
    'Japanese',
  ]);
});

test('the languages of all INFs of a bundle are in its list', () => {
  const infs = ['0411', '040C'].map((id) => {
    const document = parseInf(bytesOf(`${SOUND_INF}\n[Strings.${id}]\nMaker = "G"\nGizmo = "G"\n`));
    const targeting = readTargeting(document);
    return {
      fileName: `${id}.inf`,
      description: describeInf(document),
      targeting,
      operatingSystemCodes: [WINDOWS_X64],
    };
  });
  const metadata = createDriverMetadata({ bundles: [{ bundleId: 'b', infs }] });
  assert.deepEqual(metadata.BundleInfoMap.b?.Locales, ['English', 'French', 'Japanese']);
});

test('languages are named', () => {
  const names = ['0409', '0809', '0416', '0816', '041a', '0c1a', '0414'].map(languageName);
  assert.deepEqual(names, [
    'English',
    'English',
    'Portuguese (Brazil)',
    'Portuguese',
    'Croatian',
    'Serbian',
    'Norwegian',
  ]);
});

test('computers that the INF is limited to', () => {
  const { info } = metadataOf(`${SOUND_INF}
[TargetComputers]
{A9A8E6FC-4969-4336-927C-9D8F7B6C1D14}
 { not a guid }
{a4a127cb-2c10-464e-abb5-e78fcdf0d3c3} ; the second one
{a9a8e6fc-4969-4336-927c-9d8f7b6c1d14}
`);
  assert.deepEqual(info?.InstallationComputerHardwareIds, [
    'a9a8e6fc-4969-4336-927c-9d8f7b6c1d14',
    'a4a127cb-2c10-464e-abb5-e78fcdf0d3c3',
  ]);
});

test('the id of an extension is a bare GUID', () => {
  const { info } = metadataOf(
    infWith('PnpLockdown = 1', 'PnpLockdown = 1\nExtensionId = {F0000000-1111-2222-3333-444444444444}'),
  );
  assert.equal(info?.ExtensionId, 'f0000000-1111-2222-3333-444444444444');
});

for (const [written, score] of [
  ['FE', 'FE'],
  ['0x7f', '7F'],
  ['5', '05'],
  ['%Score%', 'C0'],
  ['100', null],
  ['high', null],
  ['', null],
] as const) {
  test(`the feature score "${written}" is ${score}`, () => {
    const inf = infWith('[Gizmo_Install.NT]\n', `[Gizmo_Install.NT]\nFeatureScore = ${written}\n`);
    assert.deepEqual(scoresOf(`${inf}\nScore = "C0"\n`), [['WINDOWS_v100_X64_GE_FULL', score]]);
  });
}

test('a feature score is that of the section which Windows picks on each system', () => {
  const windows10 = { code: 'W10', architecture: 'x64', version: { major: 10, minor: 0, build: 17_763 } };
  const windows11 = { code: 'W11', architecture: 'x64', version: { major: 10, minor: 0, build: 26_100 } };
  const windows11Arm = { code: 'ARM', architecture: 'arm64', version: { major: 10, minor: 0, build: 22_000 } };
  const inf = `${infWith('[Gizmo_Install.NT]\n', '[Gizmo_Install.NT]\nFeatureScore = F0\n')}
[Gizmo_Install.NTarm64]
CopyFiles = Gizmo_Files
[Gizmo_Install.NTamd64.10.0...26100]
CopyFiles = Gizmo_Files
FeatureScore = 10
`;
  assert.deepEqual(scoresOf(inf, [windows10, windows11, windows11Arm]), [
    ['W10', 'F0'],
    ['W11', '10'],
    ['ARM', null],
  ]);
});

test('a feature score in a section that another one needs does not count', () => {
  const inf = `${infWith('[Gizmo_Install.NT]\n', '[Gizmo_Install.NT]\nNeeds = Gizmo_Score\n')}
[Gizmo_Score]
FeatureScore = 10
`;
  assert.deepEqual(scoresOf(inf), [['WINDOWS_v100_X64_GE_FULL', null]]);
});
