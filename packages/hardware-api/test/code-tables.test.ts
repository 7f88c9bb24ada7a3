import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BUILT_IN_CODES,
  CodeExtensionError,
  createCodeTables,
  OPERATING_SYSTEMS,
  parseCodeExtension,
} from '@assay/hardware-api';
import { bindRequest, NewProduct } from '@assay/hardware-api/schemas';

const EXTENSION = JSON.stringify({
  operatingSystems: [
    {
      code: 'WINDOWS_v100_X64_BR_FULL',
      architecture: 'x64',
      version: '10.0.27000',
      catalogName: '_v100_X64_27H1',
      description: 'A Windows to come',
    },
    { code: 'windows_v100_x64_ge_full', architecture: 'x64', version: '10.0.26100', status: 'rejected' },
    { code: 'OWN_OS', architecture: 'arm64', version: '10.0', server: true, status: 'documented' },
  ],
  operatingSystemFamilies: [{ code: 'Windows_v100_BR', server: false }],
  productTypes: ['Quantum Device', { name: 'WebCam', status: 'rejected' }],
});

function faultsOf(text: string): readonly string[] {
  try {
    parseCodeExtension(text);
  } catch (error) {
    assert.ok(error instanceof CodeExtensionError);
    return error.faults;
  }
  assert.fail('the file was accepted');
}

test('an extension adds rows, replaces some and takes some out of use', () => {
  const codes = createCodeTables(parseCodeExtension(EXTENSION));
  assert.deepEqual(codes.findOperatingSystem('windows_V100_x64_br_FULL'), {
    code: 'WINDOWS_v100_X64_BR_FULL',
    architecture: 'x64',
    version: { major: 10, minor: 0, build: 27000 },
    server: false,
    catalogName: '_v100_X64_27H1',
    osAttribute: '2:10.0',
    description: 'A Windows to come',
    source: 'configuration',
    status: 'observed',
  });
  assert.deepEqual(codes.findOperatingSystem('own_os')?.version, { major: 10, minor: 0 });
  assert.equal(codes.findOperatingSystem('own_os')?.description, 'OWN_OS');
  assert.equal(codes.findOperatingSystem('WINDOWS_v100_X64_GE_FULL'), undefined);
  assert.equal(codes.operatingSystems.length, OPERATING_SYSTEMS.length + 2);
  assert.equal(codes.findOperatingSystemFamily('windows_v100_br')?.source, 'configuration');
  assert.equal(codes.findProductType('quantum device')?.name, 'Quantum Device');
  assert.equal(codes.findProductType('WebCam'), undefined);
});

test('the built-in tables do not change with it', () => {
  createCodeTables(parseCodeExtension(EXTENSION));
  assert.equal(BUILT_IN_CODES.findOperatingSystem('WINDOWS_v100_X64_BR_FULL'), undefined);
  assert.ok(BUILT_IN_CODES.findOperatingSystem('WINDOWS_v100_X64_GE_FULL'));
  assert.deepEqual(createCodeTables().operatingSystems, BUILT_IN_CODES.operatingSystems);
});

test('an empty object is a file of codes', () => {
  assert.deepEqual(parseCodeExtension('{}'), { operatingSystems: [], operatingSystemFamilies: [], productTypes: [] });
});

test('requests are bound with the codes that are given', () => {
  const codes = createCodeTables(parseCodeExtension(EXTENSION));
  const body = {
    productName: 'Echo',
    testHarness: 'hlk',
    requestedSignatures: ['WINDOWS_V100_X64_BR_FULL'],
    selectedProductTypes: { WINDOWS_v100_BR: 'QUANTUM device' },
  };
  const bound = bindRequest(NewProduct, body, codes);
  assert.deepEqual(bound.value?.requestedSignatures, ['WINDOWS_v100_X64_BR_FULL']);
  assert.deepEqual(bound.value?.selectedProductTypes, { windows_v100_BR: 'Quantum Device' });
  assert.deepEqual(
    bindRequest(NewProduct, body).errors.map(({ target }) => target),
    ['selectedProductTypes.WINDOWS_v100_BR', 'requestedSignatures[0]'],
  );
});

test('every fault is named with its place', () => {
  const faults = faultsOf(
    JSON.stringify({
      operatingSystems: [
        { code: 'A-B', architecture: 'x65', version: '10', server: 'yes', catalogName: 'a,b', edition: 1 },
        { code: 'OK', architecture: 'x64', version: '10.0.1' },
        { code: 'ok', architecture: 'x64', version: '10.0.1' },
        7,
      ],
      operatingSystemFamilies: { code: 'F' },
      productTypes: ['', { name: 'X', status: 'maybe' }],
      systems: [],
    }),
  );
  assert.deepEqual(faults, [
    '"systems" is not known; it may be one of operatingSystems, operatingSystemFamilies, productTypes.',
    'operatingSystems[0]: "edition" is not known; it may be one of code, architecture, version, server, catalogName, description, status.',
    'operatingSystems[0].code: "A-B" cannot be used; write letters, digits and underscores, for example "WINDOWS_v100_X64_GE_FULL".',
    'operatingSystems[0].architecture: "x65" is not known; write one of x86, x64, arm64, arm, ia64.',
    'operatingSystems[0].version: "10" cannot be used; write the version that the kernel reports, for example "10.0.26100".',
    'operatingSystems[0].server: write true or false.',
    'operatingSystems[0].catalogName: "a,b" cannot be used; write the name that catalogs give the system, for example "_v100_X64_24H2".',
    'operatingSystems[3]: write a JSON object with code, architecture, version, server, catalogName, description, status.',
    'operatingSystemFamilies: write a list.',
    'productTypes[0].name: "" cannot be used; write the name of a product type.',
    'productTypes[1].status: "maybe" is not known; write one of documented, observed, rejected.',
    'operatingSystems: "ok" stands there twice.',
  ]);
});

test('what is missing is said', () => {
  assert.deepEqual(faultsOf('{"operatingSystems":[{}]}'), [
    'operatingSystems[0].code: is missing; write letters, digits and underscores, for example "WINDOWS_v100_X64_GE_FULL".',
    'operatingSystems[0].architecture: is missing; write one of x86, x64, arm64, arm, ia64.',
    'operatingSystems[0].version: is missing; write the version that the kernel reports, for example "10.0.26100".',
  ]);
  assert.match(faultsOf('{')[0] ?? '', /^It is not JSON: /);
  assert.deepEqual(faultsOf('[]'), [
    'write a JSON object with operatingSystems, operatingSystemFamilies, productTypes.',
  ]);
});
