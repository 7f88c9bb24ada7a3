// Requests are read as tolerantly as the service reads them, and each fault is named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../../src/index.ts';
import { bindRequest, checkNewProduct, NewProduct, NewSubmission, normalizeDate } from '../../src/schemas/index.ts';

function bindProduct(json: string) {
  return bindRequest(NewProduct, parseJson(json));
}

test('property names and enumeration values are read without case, unknown properties dropped, the last wins', () => {
  const { value, errors } = bindProduct(
    '{"ProductName":"first","productName":"last","TestHarness":"Attestation","DeviceType":"INTERNALEXTERNAL","nonsense":{"a":1}}',
  );
  assert.deepEqual(errors, []);
  assert.deepEqual(value, { productName: 'last', testHarness: 'attestation', deviceType: 'internalExternal' });
});

test('null means absent, also for a required property', () => {
  assert.deepEqual(bindProduct('{"productName":"p","testHarness":"hlk","marketingNames":null}').value, {
    productName: 'p',
    testHarness: 'hlk',
  });
  assert.deepEqual(bindProduct('{"productName":null}').errors, [
    { target: 'productName', message: 'The property productName is required.' },
    { target: 'testHarness', message: 'The property testHarness is required.' },
  ]);
});

test('codes come out in their documented spelling, dictionary keys with a small first letter', () => {
  const { value } = bindProduct(
    '{"productName":"p","testHarness":"hlk","requestedSignatures":["windows_V100_x64_ge_full"],"selectedProductTypes":{"WINDOWS_v100_RS5":"touch"}}',
  );
  assert.deepEqual(value?.requestedSignatures, ['WINDOWS_v100_X64_GE_FULL']);
  assert.deepEqual(value?.selectedProductTypes, { windows_v100_RS5: 'Touch' });
});

test('there is one error for each fault, with the path of the property', () => {
  const { value, errors } = bindProduct(
    '{"productName":7,"testHarness":"wrong","isTestSign":"yes","deviceMetadataIds":["x"],"requestedSignatures":["A",3],"selectedProductTypes":{"windows_v9":"Touch","windows_v100":"Toaster"},"additionalAttributes":{"svvp":{"maxMemory":"lots"}}}',
  );
  assert.equal(value, undefined);
  assert.deepEqual(errors.map(({ target }) => target).sort(), [
    'additionalAttributes.svvp.maxMemory',
    'deviceMetadataIds[0]',
    'isTestSign',
    'productName',
    'requestedSignatures[0]',
    'requestedSignatures[1]',
    'selectedProductTypes.windows_v100',
    'selectedProductTypes.windows_v9',
    'testHarness',
  ]);
});

test('a body that is no object is one fault', () => {
  for (const body of ['[]', '"x"', 'null', '3']) {
    assert.equal(bindRequest(NewSubmission, parseJson(body)).errors.length, 1);
  }
});

test('64-bit integers are read from numbers and from strings, without loss', () => {
  const { value } = bindProduct(
    '{"productName":"p","testHarness":"hlk","additionalAttributes":{"svvp":{"maxMemory":"9223372036854775807","maxProcessors":1152921504621441930}}}',
  );
  assert.deepEqual(value?.additionalAttributes?.svvp, {
    maxMemory: 9223372036854775807n,
    maxProcessors: 1152921504621441930n,
  });
  const tooLarge = bindProduct(
    '{"productName":"p","testHarness":"hlk","additionalAttributes":{"svvp":{"maxMemory":9223372036854775808}}}',
  );
  assert.equal(tooLarge.errors.length, 1);
});

test('dates are read as clients write them and come out in UTC', () => {
  const expected: Readonly<Record<string, string | undefined>> = {
    '2016-10-22T00:00:00Z': '2016-10-22T00:00:00Z',
    '2016-10-22T02:00:00+02:00': '2016-10-22T00:00:00Z',
    '2016-10-22': '2016-10-22T00:00:00Z',
    '2016-10-22T01:02:03.4567890': '2016-10-22T01:02:03.456Z',
    '10/22/2016 1:05:00 PM': '2016-10-22T13:05:00Z',
    '10/22/2016 12:00:00 AM': '2016-10-22T00:00:00Z',
    '2016-02-30T00:00:00Z': undefined,
    '2016-10-22T24:00:00Z': undefined,
    tomorrow: undefined,
  };
  for (const [text, date] of Object.entries(expected)) assert.equal(normalizeDate(text), date, text);
  assert.deepEqual(bindProduct('{"productName":"p","testHarness":"hlk","announcementDate":""}').errors, []);
});

test('a property called __proto__ does nothing', () => {
  const { value, errors } = bindProduct(
    '{"productName":"p","testHarness":"hlk","__proto__":{"deviceType":"internal"}}',
  );
  assert.deepEqual(errors, []);
  assert.equal(value?.deviceType, undefined);
});

test('a used option makes its partner fields mandatory', () => {
  const { value } = bindProduct(
    '{"productName":"p","testHarness":"hlk","additionalAttributes":{"storageController":{"usedProprietary":true,"proprietaryName":"x","usedBetterBoot":true}}}',
  );
  assert.ok(value);
  assert.deepEqual(
    checkNewProduct(value).map(({ target }) => target),
    [
      'additionalAttributes.storageController.proprietaryVersion',
      'additionalAttributes.storageController.uefiVersion',
      'additionalAttributes.storageController.acpiVersion',
    ],
  );
});
