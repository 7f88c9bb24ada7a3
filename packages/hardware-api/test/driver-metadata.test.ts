import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DriverMetadataError, isSameCombination, parseDriverMetadata } from '../src/index.ts';

/** The structure of "Driver package metadata", with two operating systems. */
const METADATA = JSON.stringify({
  BundleInfoMap: {
    'dc3b111e-c750-4a55-96ce-0eae1d1da8a2': {
      Locales: ['English'],
      InfInfoMap: {
        'foo_bar.inf': {
          DriverPackageFamilyId: 'RAID-foo_bar.inf',
          OSPnPInfoMap: {
            WINDOWS_v100_RS3_FULL: { 'pci\\ven_test&dev_abcd': { Manufacturer: 'RAID' } },
            WINDOWS_v100_X64_RS3_FULL: { 'pci\\ven_test&dev_abcd': {}, '__proto__\\x': {} },
          },
        },
      },
    },
  },
});

test('every combination is listed, and found whatever its spelling', () => {
  const index = parseDriverMetadata(METADATA);
  assert.deepEqual(
    index.combinations.map(({ operatingSystemCode, pnpString }) => [operatingSystemCode, pnpString]),
    [
      ['WINDOWS_v100_RS3_FULL', 'pci\\ven_test&dev_abcd'],
      ['WINDOWS_v100_X64_RS3_FULL', 'pci\\ven_test&dev_abcd'],
      ['WINDOWS_v100_X64_RS3_FULL', '__proto__\\x'],
    ],
  );
  const asked = {
    bundleId: 'DC3B111E-C750-4A55-96CE-0EAE1D1DA8A2',
    infId: 'FOO_BAR.INF',
    operatingSystemCode: 'windows_v100_rs3_full',
    pnpString: 'PCI\\VEN_TEST&DEV_ABCD',
  };
  assert.deepEqual(index.find(asked), index.combinations[0]);
  assert.equal(index.find({ ...asked, infId: 'foo.inf' }), undefined);
  assert.equal(index.find({ ...asked, operatingSystemCode: 'WINDOWS_v100_RS4_FULL' }), undefined);
  const [first] = index.combinations;
  assert.ok(first);
  assert.equal(isSameCombination(asked, first), true);
});

test('a file that is no metadata is refused with what is wrong about it', () => {
  for (const [text, message] of [
    ['', /not JSON/],
    ['[]', /the file is not an object/],
    ['{}', /BundleInfoMap is not an object/],
    ['{"BundleInfoMap":{"b":{}}}', /InfInfoMap of b is not an object/],
    ['{"BundleInfoMap":{"b":{"InfInfoMap":{"i":{"OSPnPInfoMap":null}}}}}', /OSPnPInfoMap of i is not an object/],
    ['{"BundleInfoMap":{"b":{"InfInfoMap":{"i":{"OSPnPInfoMap":{"o":["x"]}}}}}}', /o of i is not an object/],
  ] as const) {
    assert.throws(
      () => parseDriverMetadata(text),
      (error) => {
        assert.ok(error instanceof DriverMetadataError, text);
        assert.match(error.message, message);
        return true;
      },
    );
  }
});
