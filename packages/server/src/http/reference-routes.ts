// `GET /openapi.json` and `GET /docs`: the API as a document for programs and as a page for people. Both are made once, when the
// application is ready, and are the same for everyone.
import type { FastifyInstance, RouteOptions } from 'fastify';
import { Type } from 'typebox';
import { createOpenApiDocument } from './openapi.ts';
import { createReferencePage } from './reference-page.ts';

/** The page holds its own style and loads nothing. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Adds the routes. `routes` are all routes of the application, also those that are added later. */
export function addReferenceRoutes(app: FastifyInstance, routes: readonly RouteOptions[]): void {
  let json = '';
  let page = '';
  app.addHook('onReady', async () => {
    const document = createOpenApiDocument(routes);
    json = `${JSON.stringify(document, undefined, 2)}\n`;
    page = createReferencePage(document);
  });

  app.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'getOpenApiDocument',
        summary: 'This document',
        tags: ['Service'],
        response: { 200: Type.Object({}, { additionalProperties: true, description: 'OpenAPI 3.1.' }) },
      },
    },
    async (_request, reply) => reply.type('application/json; charset=utf-8').send(json),
  );
  app.get('/docs', async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .headers({ 'Content-Security-Policy': PAGE_POLICY, 'X-Content-Type-Options': 'nosniff' })
      .send(page),
  );
}
