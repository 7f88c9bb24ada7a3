import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DriverMetadata, restrictDriverMetadata } from '../src/index.ts';

const device = { Manufacturer: 'Contoso', DeviceDescription: 'Echo', FeatureScore: null };
const inf = {
  DriverPackageFamilyId: 'Contoso-echo.inf',
  InfClass: 'Sample',
  DriverVersion: '1.0.0.0',
  DriverDate: '2026-01-02T00:00:00',
  ExtensionId: null,
  Provider: 'Contoso',
  ClassGuid: '{78A1C341-4539-11d3-B88D-00C04FAD5171}',
  InstallationComputerHardwareIds: [],
};
const METADATA: DriverMetadata = {
  BundleInfoMap: {
    one: {
      Locales: ['English'],
      InfInfoMap: {
        'a.inf': {
          ...inf,
          OSPnPInfoMap: { X64: { 'root\\a': device, 'root\\b': device }, ARM64: { 'root\\a': device } },
        },
        'b.inf': { ...inf, OSPnPInfoMap: { X64: { 'root\\a': device } } },
      },
    },
    two: { Locales: ['English'], InfInfoMap: { 'a.inf': { ...inf, OSPnPInfoMap: { X64: { 'root\\a': device } } } } },
  },
};

test('only the chosen entries are left, and what loses all of its own goes too', () => {
  const chosen = restrictDriverMetadata(
    METADATA,
    ({ bundleId, infId, operatingSystemCode, pnpString }) =>
      `${bundleId} ${infId} ${operatingSystemCode} ${pnpString}` === 'one a.inf X64 root\\b',
  );
  assert.deepEqual(chosen, {
    BundleInfoMap: {
      one: {
        Locales: ['English'],
        InfInfoMap: { 'a.inf': { ...inf, OSPnPInfoMap: { X64: { 'root\\b': device } } } },
      },
    },
  });
});

test('everything and nothing', () => {
  assert.deepEqual(
    restrictDriverMetadata(METADATA, () => true),
    METADATA,
  );
  assert.deepEqual(
    restrictDriverMetadata(METADATA, () => false),
    { BundleInfoMap: {} },
  );
});

test('each entry is asked about once, in the order of the metadata', () => {
  const asked: string[] = [];
  restrictDriverMetadata(METADATA, ({ bundleId, infId, operatingSystemCode, pnpString }) => {
    asked.push(`${bundleId} ${infId} ${operatingSystemCode} ${pnpString}`);
    return true;
  });
  assert.deepEqual(asked, [
    'one a.inf X64 root\\a',
    'one a.inf X64 root\\b',
    'one a.inf ARM64 root\\a',
    'one b.inf X64 root\\a',
    'two a.inf X64 root\\a',
  ]);
});
