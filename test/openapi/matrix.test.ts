// Tenants × roles × methods: for every operation of the OpenAPI document, who may call it, and that another account's ids answer
// like ids that never existed: same status, same body, same queries, so that nothing about time could tell them apart.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import type { OpenApiDocument } from '../../packages/server/src/http/openapi.ts';
import { ROLES, type Role } from '../../packages/server/src/store/accounts.ts';
import type { TestTenant } from '../../packages/server/test/http/test-app.ts';
import { writeOpenApi } from '../../scripts/documents/openapi.ts';
import { ACCESS } from './access.ts';
import { type Operation, operationsOf, rolesOf } from './operations.ts';
import { type SeededApp, seedApp } from './seeded-app.ts';
import { statementsOf } from './sql-log.ts';

const document = JSON.parse(await writeOpenApi()) as OpenApiDocument;
const operations = operationsOf(document);

/** Ids that are well formed and that nothing has. Each number gives others. */
function absentIds(number: bigint): (name: string) => string {
  return (name) => {
    if (name === 'productId') return String(10_000_000_000_000_001n + number);
    if (name === 'submissionId' || name === 'shippingLabelId') return String(2n ** 60n + number);
    if (name === 'publisherId') return String(10_000_000n + number);
    if (name === 'thumbprint') return number.toString(16).padStart(64, '0');
    return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  };
}

/** A body that gets past the first look, so that the ids of the path decide about the answer. */
const BODIES: Readonly<Record<string, object>> = {
  updateProduct: { productName: 'Other' },
  createSubmission: { name: 'mine', type: 'initial' },
  updateSubmission: { name: 'Other' },
  createShippingLabel: { name: 'mine', destination: 'windowsUpdate' },
  updateShippingLabel: { name: 'Other' },
  reviewSubmission: { decision: 'approve' },
  approveShippingLabel: { decision: 'approve' },
};

describe('tenants, roles and methods', () => {
  let seeded: SeededApp;
  const tenants = new Map<string, TestTenant>();

  async function authorizationOf(roles: readonly Role[]): Promise<string> {
    const key = roles.join();
    const tenant = tenants.get(key) ?? (await seeded.test.addTenant(roles));
    tenants.set(key, tenant);
    return await seeded.test.authorize(tenant);
  }

  function call(
    operation: Operation,
    idFor: (name: string) => string,
    authorization: string | undefined,
  ): Promise<LightMyRequestResponse> {
    const body = BODIES[operation.operationId];
    return seeded.app.inject({
      method: operation.method,
      url: operation.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => idFor(name)),
      headers: {
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        'ms-requestid': 'fixed',
        'ms-correlationid': 'fixed',
      },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
  }

  before(async () => {
    seeded = await seedApp();
  });
  after(() => seeded.close());

  test('the table of who may call what has every operation, and agrees with the document', () => {
    const documented = Object.fromEntries(operations.map((operation) => [operation.operationId, rolesOf(operation)]));
    assert.deepEqual(documented, ACCESS);
  });

  for (const operation of operations.filter(({ operationId }) => ACCESS[operationId] !== undefined)) {
    const allowed = ACCESS[operation.operationId] ?? [];

    test(`${operation.operationId}: only ${allowed.join(', ')}`, async () => {
      assert.equal((await call(operation, absentIds(1n), undefined)).statusCode, 401);
      assert.equal((await call(operation, absentIds(1n), 'Bearer nonsense')).statusCode, 401);
      const sets: readonly (readonly Role[])[] = [[], ...ROLES.map((role) => [role]), [...ROLES]];
      for (const roles of sets) {
        const answer = await call(operation, absentIds(1n), await authorizationOf(roles));
        const may = roles.some((role) => allowed.includes(role));
        assert.equal(
          answer.statusCode === 403,
          !may,
          `${roles.join(', ') || 'no role'}: ${answer.statusCode} ${answer.body}`,
        );
        if (!may) assert.match(answer.body, /"code":"forbidden"/);
      }
    });

    if (!operation.path.includes('{')) continue;
    test(`${operation.operationId}: another account's ids are like ids that never existed`, async () => {
      const authorization = await authorizationOf(['Manager']);
      const foreign = (name: string): string => seeded.existing(name)[0] ?? absentIds(5n)(name);
      // What is remembered about the caller is the same for both once it has called.
      for (const number of [2n, 3n]) await call(operation, absentIds(number), authorization);
      const theirs = await statementsOf(() => call(operation, foreign, authorization));
      const nobodys = await statementsOf(() => call(operation, absentIds(4n), authorization));
      assert.equal(nobodys.result.statusCode, 404, nobodys.result.body);
      assert.equal(theirs.result.statusCode, 404, theirs.result.body);
      assert.equal(theirs.result.body, nobodys.result.body);
      const headersOf = ({ result }: typeof theirs) => {
        const { date: _date, ...headers } = result.headers;
        return headers;
      };
      assert.deepEqual(headersOf(theirs), headersOf(nobodys));
      assert.ok(nobodys.statements.length > 0, 'the database was asked');
      assert.deepEqual(theirs.statements, nobodys.statements);
    });
  }
});
