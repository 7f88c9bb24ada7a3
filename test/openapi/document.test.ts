// The OpenAPI document itself: complete, consistent, and served with a page that a person can read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteOptions } from 'fastify';
import { createOpenApiDocument, type OpenApiDocument } from '../../packages/server/src/http/openapi.ts';
import { buildTestApp } from '../../packages/server/test/http/test-app.ts';
import { writeOpenApi } from '../../scripts/documents/openapi.ts';
import { operationsOf } from './operations.ts';

const text = await writeOpenApi();
const document = JSON.parse(text) as OpenApiDocument;
const operations = operationsOf(document);

test('every operation says what it is, in words and by a name of its own', () => {
  const names = operations.map(({ operationId }) => operationId);
  assert.equal(new Set(names).size, names.length);
  const tags = new Set(document.tags.map(({ name }) => name));
  for (const { operationId, summary, tags: own, responses, method, path, requestBody } of operations) {
    assert.match(operationId, /^[a-z][A-Za-z0-9]+$/);
    assert.ok(summary.length > 3, operationId);
    assert.equal(own.length, 1, operationId);
    assert.ok(
      own.every((tag) => tags.has(tag)),
      `${operationId}: describe the tag ${own} in openapi-texts.ts`,
    );
    assert.ok(
      Object.keys(responses).some((status) => status.startsWith('2')),
      `${operationId} has no success`,
    );
    const isCommand = /\/(?:commit|cancel|createpublishermetadata)$/.test(path);
    if (['POST', 'PATCH', 'PUT'].includes(method) && !isCommand)
      assert.ok(requestBody, `${operationId} has no requestBody`);
  }
});

test('every reference leads somewhere, and every schema is referred to', () => {
  const references = new Set([...text.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, path = '']) => path));
  for (const path of references) {
    const target = path
      .split('/')
      .reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], document);
    assert.ok(target, path);
  }
  for (const name of Object.keys(document.components.schemas))
    assert.ok(references.has(`components/schemas/${name}`), name);
});

test('a guarded route without a name of its own cannot be added', () => {
  const route = {
    method: 'GET',
    url: '/v2.0/my/hardware/things',
    config: { roles: ['Manager'] },
  } as unknown as RouteOptions;
  assert.throws(
    () => createOpenApiDocument([route]),
    /GET \/v2\.0\/my\/hardware\/things needs a schema with an operationId/,
  );
});

test('ids are 64-bit integers', () => {
  for (const { parameters, operationId } of operations) {
    for (const { name, schema } of parameters) {
      if (['productId', 'submissionId', 'shippingLabelId'].includes(name)) {
        assert.equal(schema.type, 'integer', operationId);
        assert.equal(schema.format, 'int64', operationId);
      }
    }
  }
  const properties = document.components.schemas.Product?.properties as Record<string, { format?: string }>;
  assert.equal(properties.id?.format, 'int64');
});

test('the page lists every operation and schema, loads nothing, and is fit for assistive technology', async (t) => {
  const { app } = await buildTestApp(t);
  const page = await app.inject('/docs');
  assert.equal(page.statusCode, 200);
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
  for (const { operationId } of operations) assert.ok(page.body.includes(`id="${operationId}"`), operationId);
  for (const name of Object.keys(document.components.schemas))
    assert.ok(page.body.includes(`id="schema-${name}"`), name);
  assert.doesNotMatch(page.body, /<script|<link|<img|@import|url\(/);
  assert.match(page.body, /<html lang="en">/);
  const ids = [...page.body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length, 'ids are unique');
  for (const [, target = ''] of page.body.matchAll(/href="#([^"]+)"/g)) assert.ok(ids.includes(target), `#${target}`);
  const levels = [...page.body.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
  levels.forEach((level, index) => {
    assert.ok(index === 0 ? level === 1 : level <= (levels[index - 1] ?? 0) + 1, 'no heading level is skipped');
  });
});
