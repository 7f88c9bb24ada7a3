import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeInf, parseInf } from '../src/inf/index.ts';
import { createDriverMetadata } from '../src/metadata/driver-metadata.ts';
import { bytesOf, SOUND_INF, WINDOWS_ARM64_1909, WINDOWS_X64 } from './drivers.ts';

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
