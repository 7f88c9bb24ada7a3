// What may stand for a product, a submission and a shipping label on the command line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError } from '../src/exit-codes.ts';
import {
  parseIdentifier,
  parseProductReference,
  parseShippingLabelReference,
  parseSubmissionReference,
} from '../src/identifiers.ts';

const P = '13635057453741329';
const S = '1152921504621441930';
const L = '1152921504606980300';
const API = 'https://manage.devcenter.microsoft.com/v2.0/my/hardware/products';
const PORTAL = 'https://partner.microsoft.com/en-us/dashboard/hardware/driver';

const PRODUCTS: readonly string[] = [
  P,
  ` ${P}\n`,
  `${API}/${P}`,
  `${API}/${P}/`,
  `${API}/${P}/submissions`,
  `${API}/${P}/submissions/${S}`,
  `http://127.0.0.1:8080/v2.0/my/hardware/products/${P}?x=1`,
  `${PORTAL}/${P}`,
  `${PORTAL}/${P}/submission/${S}`,
  `https://partner.microsoft.com/dashboard/hardware/Driver/${P}#overview`,
  `https://partner.microsoft.com/en-us/dashboard/hardware/driver/New#?productId=${P}`,
  `https://developer.microsoft.com/en-us/dashboard/hardware/driver/${P}`,
];

for (const text of PRODUCTS) {
  test(`a product: ${text.trim()}`, () => assert.equal(parseProductReference(text), P));
}

const SUBMISSIONS: readonly string[] = [
  `${P}/${S}`,
  `${API}/${P}/submissions/${S}`,
  `${API}/${P}/submissions/${S}/commit`,
  `${API}/${P}/submissions/${S}/shippingLabels/${L}`,
  `${PORTAL}/${P}/submission/${S}`,
  `${PORTAL}/${P}/submission/${S}/ShippingLabel/${L}?tab=1#x`,
  `${PORTAL}/${P}/${S}`,
  `https://manage.devcenter.microsoft.com/dashboard/hardware/Driver/DownloadCertificationReport/29963920/${P}/${S}`,
];

for (const text of SUBMISSIONS) {
  test(`a submission: ${text}`, () =>
    assert.deepEqual(parseSubmissionReference(text), { productId: P, submissionId: S }));
}

test('the bare id of a submission is enough where the product is known', () => {
  assert.deepEqual(parseSubmissionReference(S, { productId: P }), { productId: P, submissionId: S });
});

for (const text of [
  `${P}/${S}/${L}`,
  `${API}/${P}/submissions/${S}/shippingLabels/${L}`,
  `${API}/${P}/submissions/${S}/shippinglabels/${L}/cancel`,
  `${PORTAL}/${P}/submission/${S}/ShippingLabel/${L}`,
]) {
  test(`a shipping label: ${text}`, () =>
    assert.deepEqual(parseShippingLabelReference(text), { productId: P, submissionId: S, shippingLabelId: L }));
}

function refuses(parse: () => unknown, message: RegExp): void {
  assert.throws(parse, (error) => {
    assert.ok(error instanceof CommandError);
    assert.equal(error.exitCode, 2);
    assert.match(`${error.message} ${error.remedy}`, message);
    return true;
  });
}

test('what names nothing is refused, with the forms that do', () => {
  for (const text of [
    '',
    'abc',
    '0',
    '-1',
    '1.5',
    '1e3',
    `${P}/${S}`,
    'https://example.com/',
    'https://',
    '/products/1',
  ]) {
    refuses(() => parseProductReference(text), /names no product.*digits of the product id/s);
  }
  for (const text of [S, `${P}/`, `/${P}/${S}`, `${P}/${S}/${L}`, `${API}/${P}`, `${PORTAL}/${P}`, `${P}/0`]) {
    refuses(() => parseSubmissionReference(text), /names no submission.*PRODUCT\/SUBMISSION/s);
  }
  refuses(() => parseShippingLabelReference(`${P}/${S}`), /PRODUCT\/SUBMISSION\/LABEL/);
  refuses(() => parseIdentifier('x'), /no id/);
});

test('ids end at 2^63 - 1', () => {
  assert.equal(parseProductReference('9223372036854775807'), '9223372036854775807');
  refuses(() => parseProductReference('9223372036854775808'), /9223372036854775808 is none/);
  refuses(() => parseProductReference('10000000000000000000'), /from 1 to 9223372036854775807/);
});
