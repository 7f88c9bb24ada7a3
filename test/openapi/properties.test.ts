// Whatever is sent to an operation of the OpenAPI document, the answer is one that the document describes, and never a fault of
// the server. ASSAY_PROPERTY_RUNS sets the number of requests for each operation, ASSAY_PROPERTY_SEED repeats a run.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { parseJson, stringifyJson } from '@assay/hardware-api';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import type { OpenApiDocument } from '../../packages/server/src/http/openapi.ts';
import type { JsonSchema } from '../../packages/server/src/http/openapi-schemas.ts';
import { writeOpenApi } from '../../scripts/documents/openapi.ts';
import {
  allowedBy,
  almostAllowedBy,
  anyValue,
  brokenBodies,
  type Known,
  outfitFor,
  segmentFor,
} from './arbitraries.ts';
import { AnswerChecks, type Operation, operationsOf } from './operations.ts';
import { type SeededApp, seedApp } from './seeded-app.ts';

const RUNS = Number(process.env.ASSAY_PROPERTY_RUNS ?? 150);
const SEED = Number(process.env.ASSAY_PROPERTY_SEED ?? Date.now() % 2 ** 31);
const FORM_TYPE = 'application/x-www-form-urlencoded';

const document = JSON.parse(await writeOpenApi()) as OpenApiDocument;
const checks = new AnswerChecks(document);

function asForm(value: unknown): string {
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return new URLSearchParams(fields.map(([name, field]) => [name, String(field)])).toString();
}

function bodyFor(operation: Operation, known: Known): fc.Arbitrary<string | Buffer | undefined> {
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const schema = content?.schema ?? ({ type: 'object' } satisfies JsonSchema);
  if (type !== undefined && type !== FORM_TYPE && !type.endsWith('json')) {
    return fc.oneof(
      fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
      brokenBodies,
      fc.constant(undefined),
    );
  }
  const write = type === FORM_TYPE ? asForm : (value: unknown) => stringifyJson(value);
  return fc.oneof(
    { weight: 4, arbitrary: allowedBy(schema, known).map(write) },
    { weight: 5, arbitrary: almostAllowedBy(schema, known).map(write) },
    { weight: 1, arbitrary: anyValue.map((value) => write(value)) },
    { weight: 1, arbitrary: brokenBodies },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

/** Requests for one operation. */
function requestsFor(operation: Operation, known: Known): fc.Arbitrary<InjectOptions> {
  const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = operation.parameters.filter((parameter) => parameter.in === 'query');
  const [type] = Object.keys(operation.requestBody?.content ?? {});
  const query = fc.oneof(
    { weight: 4, arbitrary: fc.constant<[string, string][]>([]) },
    {
      weight: inQuery.length === 0 ? 1 : 8,
      arbitrary: fc.array(
        fc.oneof(
          ...inQuery.map(({ name, schema }) =>
            fc.tuple(fc.constantFrom(name, name.toUpperCase()), segmentFor(schema, known, name)),
          ),
          fc.tuple(fc.string({ maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 8 })),
        ),
        { maxLength: 3 },
      ),
    },
  );
  return fc
    .record({
      segments: fc.oneof(
        { weight: 3, arbitrary: fc.constant(inPath.map(({ name }) => String(known.existing(name)[0] ?? '1'))) },
        {
          weight: 2,
          arbitrary: fc.tuple(
            ...inPath.map(({ name, schema }) =>
              segmentFor(schema, known, name).filter((segment) => !['', '.', '..'].includes(segment)),
            ),
          ),
        },
      ),
      query,
      body: operation.method === 'GET' ? fc.constant(undefined) : bodyFor(operation, known),
      outfit: outfitFor(type),
    })
    .map(({ segments, query, body, outfit }) => {
      const path = inPath.reduce(
        (text, { name }, index) =>
          text.replace(`{${name}}`, encodeURIComponent((segments[index] ?? '').toWellFormed())),
        operation.path,
      );
      const search = query.map(
        ([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`,
      );
      return {
        method: operation.method,
        url: path + (search.length === 0 ? '' : `?${search.join('&')}`),
        headers: {
          ...outfit.headers,
          ...(body !== undefined && outfit.contentType !== undefined && { 'content-type': outfit.contentType }),
        },
        ...(body !== undefined && { payload: body }),
      };
    });
}

describe('any request', () => {
  let seeded: SeededApp;
  before(async () => {
    seeded = await seedApp();
    return seeded.close;
  });

  for (const operation of operationsOf(document)) {
    test(`${operation.method} ${operation.path}`, async (t) => {
      t.diagnostic(`seed ${SEED}, ${RUNS} requests`);
      const known: Known = { resolve: (reference) => checks.schemaNamed(reference), existing: seeded.existing };
      const statuses = new Map<number, number>();
      const answersAsDocumented = fc.asyncProperty(requestsFor(operation, known), async (request) => {
        const { app, authorization, test: built } = seeded;
        // Ids hold the time; thousands in one and the same millisecond would come to share some.
        built.clock.advance(1);
        const answer = await app.inject({ ...request, headers: { authorization, ...request.headers } });
        const received = {
          status: answer.statusCode,
          contentType: answer.headers['content-type'],
          body: answer.body,
        };
        statuses.set(received.status, (statuses.get(received.status) ?? 0) + 1);
        assert.ok(received.status < 500, `${received.status}: ${seeded.lastFault()}`);
        assert.equal(checks.faultOf(operation, received), undefined);
        assert.ok(answer.headers['ms-requestid'], 'MS-RequestId');
        if (received.contentType?.startsWith('application/json')) parseJson(received.body);
      });
      await fc.assert(answersAsDocumented, { seed: SEED, numRuns: RUNS, endOnFailure: true });
      t.diagnostic(
        [...statuses]
          .toSorted()
          .map(([status, count]) => `${status}: ${count}`)
          .join(', '),
      );
    });
  }
});
