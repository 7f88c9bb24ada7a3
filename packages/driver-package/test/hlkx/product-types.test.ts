// Which of several product types a product is given, and under which family of systems.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestProductType, operatingSystemFamily } from '../../src/hlkx/index.ts';

test('the product type that says most wins', () => {
  for (const [types, best] of [
    [[], 'Unclassified'],
    [['Unclassified'], 'Unclassified'],
    [['Unclassified', 'Keyboard'], 'Keyboard'],
    [['Keyboard', 'Headset'], 'Headset'],
    [['TPM20', 'Audio Device', 'Keyboard'], 'Audio Device'],
    [['Audio Device', 'Bluetooth Controller'], 'Bluetooth Controller'],
    [
      ['Bluetooth Controller', 'Compute Accelerator MCDM 2.7', 'Compute Accelerator MCDM 3.1'],
      'Compute Accelerator MCDM 3.1',
    ],
    [['Compute Accelerator MCDM 3.1', 'Graphics Adapter WDDM1.0'], 'Graphics Adapter WDDM1.0'],
    [
      ['Graphics Adapter WDDM2.9', 'Graphics Adapter WDDM2.10 Render Only', 'Graphics Adapter WDDM2.10'],
      'Graphics Adapter WDDM2.10',
    ],
  ] as const) {
    assert.equal(bestProductType(types), best);
    assert.equal(bestProductType(types.toReversed()), best, 'whatever the order');
  }
});

test('the family is in the code', () => {
  for (const [code, family] of [
    ['WINDOWS_v100_X64_GE_FULL', 'Windows_v100_GE'],
    ['WINDOWS_v100_RS1_FULL', 'Windows_v100_RS1'],
    ['windows_v100_server_x64_fe_full', 'Windows_v100Server_fe'],
    ['WINDOWS_v100_ARM64_RS3_FULL_PRE_RELEASE_CLOUD', undefined],
    ['WINDOWS_7_X64', undefined],
    ['', undefined],
  ] as const) {
    assert.equal(operatingSystemFamily(code), family, code);
  }
});
