import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IssuerConfigurationError, parseIssuerConfiguration } from '../../src/identity/index.ts';

const ENTRY = {
  issuer: 'https://login.microsoftonline.com/9f1e2d3c-0000-4000-8000-000000000001/v2.0',
  audiences: ['api://assay'],
  accounts: { '9f1e2d3c-0000-4000-8000-000000000001': '12345678' },
  applications: { '11111111-0000-4000-8000-000000000001': '22222222-0000-4000-8000-000000000002' },
} as const;

const parse = (...issuers: unknown[]) => parseIssuerConfiguration(JSON.stringify({ issuers }));

test('a configuration is read as it stands', () => {
  assert.deepEqual(parse(ENTRY), [ENTRY]);
  assert.deepEqual(parseIssuerConfiguration('{"issuers": []}'), []);
  const { accounts: _, ...rest } = ENTRY;
  const one = { ...rest, account: '12345678', jwksUri: 'http://127.0.0.1:9/keys', algorithms: ['ES256'] };
  assert.deepEqual(parse(one), [one]);
});

const REFUSALS: readonly (readonly [object | string | null, RegExp])[] = [
  ['text', /issuers\[0\] must be an object/],
  [null, /must be an object/],
  [{ ...ENTRY, issuer: undefined }, /issuers\[0\]\.issuer must be an https address/],
  [{ ...ENTRY, issuer: 'http://login.example' }, /issuer must be an https address/],
  [{ ...ENTRY, jwksUri: 'http://keys.example' }, /jwksUri must be an https address/],
  [{ ...ENTRY, audiences: [] }, /audiences must be a list/],
  [{ ...ENTRY, audiences: 'api://assay' }, /audiences must be a list/],
  [{ ...ENTRY, algorithms: ['HS256'] }, /algorithms must be a list of RS256, PS256, ES256/],
  [{ ...ENTRY, accounts: { tenant: 12345678 } }, /accounts must be an object of seller ids/],
  [{ ...ENTRY, account: '12345678' }, /needs either "accounts"/],
  [{ ...ENTRY, accounts: undefined }, /needs either "accounts"/],
  [{ ...ENTRY, allowMicrosoftAudience: 'yes' }, /must be true or false/],
  [{ ...ENTRY, audience: 'api://assay' }, /unknown property "audience"/],
  [{ ...ENTRY, audiences: ['https://manage.devcenter.microsoft.com'] }, /opens the caller's account at Microsoft/],
  [
    { ...ENTRY, issuer: 'https://sts.windows.net/x/', audiences: ['https://manage.devcenter.microsoft.com/'] },
    /opens the caller's account at Microsoft/,
  ],
];

for (const [entry, reason] of REFUSALS) {
  test(`refused: ${reason.source}`, () => {
    assert.throws(
      () => parse(entry),
      (error: Error) => {
        assert.ok(error instanceof IssuerConfigurationError, String(error.stack));
        assert.match(error.message, reason);
        return true;
      },
    );
  });
}

test("Microsoft's audience is allowed where the operator says so, and at other authorities", () => {
  const audiences = ['https://manage.devcenter.microsoft.com'];
  assert.equal(parse({ ...ENTRY, audiences, allowMicrosoftAudience: true }).length, 1);
  assert.equal(parse({ ...ENTRY, audiences, issuer: 'https://login.example' }).length, 1);
});

test('an issuer that is listed twice, a file of another shape, and no JSON are refused', () => {
  assert.throws(() => parse(ENTRY, ENTRY), /listed twice/);
  assert.throws(() => parseIssuerConfiguration('[]'), /must hold/);
  assert.throws(() => parseIssuerConfiguration('null'), /must hold/);
  assert.throws(() => parseIssuerConfiguration('{'), /not valid JSON/);
});
