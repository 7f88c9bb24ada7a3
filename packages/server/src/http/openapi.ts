// The OpenAPI 3.1 document, written from the routes of the running application: the schemas are those by which bodies are
// bound and answers serialised, the roles those that are demanded.
import type { RouteOptions } from 'fastify';
import { API_PREFIXES } from './api-prefixes.ts';
import { createSchemaComponents, type JsonSchema, type SchemaComponents } from './openapi-schemas.ts';
import { API_DESCRIPTION, BLOB_DOCUMENTATION, TAGS } from './openapi-texts.ts';
import { type DocumentedSchema, FAILURES, FailureBody, PATH_PARAMETERS } from './route-documentation.ts';
import { OpenIdConfiguration, TokenAnswer, TokenFailure, TokenRequest } from './token-schemas.ts';

/** Schemas that only the server knows, by the name that they have in the document. */
const NAMED_SCHEMAS = {
  TokenRequest: TokenRequest.v1,
  TokenRequestV2: TokenRequest.v2,
  Token: TokenAnswer.v1,
  TokenV2: TokenAnswer.v2,
  TokenFailure,
  OpenIdConfiguration,
};

type Json = Record<string, unknown>;

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> } & Json;
}

export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export interface OpenApiAnswer {
  readonly description: string;
  readonly headers?: Json;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters: readonly OpenApiParameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>>;
  };
  readonly responses: Readonly<Record<string, OpenApiAnswer | { readonly $ref: string }>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

const [CURRENT] = API_PREFIXES;
const API_VERSION = '2.0';
const JSON_TYPE = 'application/json';
const DOCUMENTED_METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Of the prefixes that serve the same resources only the current one is listed. */
function isOfAnOlderPrefix(url: string): boolean {
  return API_PREFIXES.some((prefix) => prefix !== CURRENT && url.startsWith(`${prefix.path}/`));
}

/** What a route says of itself; undefined when it is not part of the document. Throws Error when it should be. */
function documented(route: RouteOptions): { schema: DocumentedSchema; methods: string[] } | undefined {
  const schema = (route.schema ?? {}) as DocumentedSchema;
  const methods = [route.method].flat().filter((method) => DOCUMENTED_METHODS.has(method.toUpperCase()));
  if (methods.length === 0 || isOfAnOlderPrefix(route.url)) return undefined;
  if (schema.operationId !== undefined) return { schema, methods };
  if (route.config?.roles === undefined) return undefined;
  throw new Error(`The route ${methods} ${route.url} needs a schema with an operationId, a summary and tags.`);
}

function parametersOf(route: RouteOptions, schema: DocumentedSchema, schemas: SchemaComponents): OpenApiParameter[] {
  const split = (part: unknown): OpenApiParameter['schema'] & { description?: string } => schemas.refer(part);
  const parameter = (name: string, place: 'path' | 'query', part: unknown, required: boolean): OpenApiParameter => {
    const { description, ...rest } = split(part);
    return { name, in: place, required, ...(description === undefined ? {} : { description }), schema: rest };
  };
  const inPath = [...route.url.matchAll(/:([A-Za-z]+)/g)].map(([, name = '']) => {
    const part = PATH_PARAMETERS[name] ?? schema.params?.properties?.[name] ?? { type: 'string' };
    return parameter(name, 'path', part, true);
  });
  const inQuery = Object.entries(schema.querystring?.properties ?? {}).map(([name, part]) =>
    parameter(name, 'query', part, schema.querystring?.required?.includes(name) ?? false),
  );
  return [...inPath, ...inQuery];
}

/** Whether the schema allows `{}`, so that a body may as well be left out. */
function mayBeEmpty(schema: JsonSchema): boolean {
  return schema.type === 'object' && (!Array.isArray(schema.required) || schema.required.length === 0);
}

function requestBodyOf(route: RouteOptions, schemas: SchemaComponents): OpenApiOperation['requestBody'] {
  const body = route.config?.requestBody;
  if (body === undefined) return undefined;
  return {
    required: !mayBeEmpty(body as unknown as JsonSchema),
    content: { [route.config?.requestMediaType ?? JSON_TYPE]: { schema: schemas.refer(body) } },
  };
}

const REASONS: Readonly<Record<string, string>> = {
  200: 'The answer.',
  201: 'Made.',
  202: 'Taken on; the work goes on after the answer.',
  204: 'Done.',
  206: 'The part that was asked for.',
};

function answersOf(route: RouteOptions, schema: DocumentedSchema, schemas: SchemaComponents): Json {
  const answers: Json = {};
  for (const [status, answer] of Object.entries((schema.response ?? {}) as Readonly<Record<string, JsonSchema>>)) {
    const { description = REASONS[status] ?? 'The answer.' } = answer as { description?: string };
    const empty = answer.type === 'null';
    const type = Number(status) < 300 ? (route.config?.responseMediaType ?? JSON_TYPE) : JSON_TYPE;
    answers[status] = {
      description,
      headers: RESPONSE_IDS,
      ...(empty ? {} : { content: { [type]: { schema: schemas.refer(answer) } } }),
    };
  }
  return answers;
}

const RESPONSE_IDS = {
  'MS-RequestId': { $ref: '#/components/headers/MS-RequestId' },
  'MS-CorrelationId': { $ref: '#/components/headers/MS-CorrelationId' },
};

/** The statuses with which an operation may refuse, beyond those that its own schema lists. */
function failuresOf(route: RouteOptions, method: string): number[] {
  const names = route.url.includes(':') ? [404] : [];
  if (route.config?.roles === undefined) return names;
  const body = WITH_BODY.has(method) ? [413, 415] : [];
  const conditions = route.config.responseMediaType === undefined ? [] : [412, 416];
  return [400, 401, 403, ...names, ...conditions, ...body, 429, 500, 503];
}

function operationOf(
  route: RouteOptions,
  schema: DocumentedSchema,
  method: string,
  schemas: SchemaComponents,
): OpenApiOperation {
  const own = answersOf(route, schema, schemas);
  const failures = failuresOf(route, method).filter((status) => !(status in own));
  const roles = route.config?.roles;
  const requestBody = requestBodyOf(route, schemas);
  return {
    operationId: schema.operationId ?? '',
    summary: schema.summary ?? '',
    ...(schema.description === undefined ? {} : { description: schema.description }),
    tags: schema.tags ?? [],
    parameters: parametersOf(route, schema, schemas),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: {
      ...(own as Record<string, OpenApiAnswer>),
      ...Object.fromEntries(
        failures.map((status) => [status, { $ref: `#/components/responses/${FAILURES[status]?.name}` }]),
      ),
    },
    // One of these is enough: OpenAPI 3.1.1, Security Requirement Object.
    security: roles === undefined ? [] : roles.map((role) => ({ accessToken: [role] })),
  };
}

/** Paths that differ in more than their parameters, in the order in which they were added. */
function templateOf(url: string): string {
  return url.replaceAll(/:([A-Za-z]+)/g, '{$1}');
}

function failureComponents(schemas: SchemaComponents): Json {
  return Object.fromEntries(
    Object.entries(FAILURES).map(([status, { name, description }]) => [
      name,
      {
        description,
        headers: {
          ...RESPONSE_IDS,
          ...(status === '401' && { 'WWW-Authenticate': { schema: { type: 'string' } } }),
          ...(status === '429' && { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } }),
        },
        content: { [JSON_TYPE]: { schema: schemas.refer(FailureBody) } },
      },
    ]),
  );
}

/**
 * The document of an application with these routes. A path that repeats an operation under another spelling is mentioned with
 * the first one. A route without an `operationId` is left out.
 * Throws Error for one that demands a token: those are the API.
 */
export function createOpenApiDocument(routes: readonly RouteOptions[]): OpenApiDocument {
  const schemas = createSchemaComponents(NAMED_SCHEMAS);
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  const known = new Map<string, { operation: OpenApiOperation; at: Record<string, OpenApiOperation>; key: string }>();
  for (const route of routes) {
    const entry = documented(route);
    if (entry === undefined) continue;
    const path = templateOf(route.url);
    for (const method of entry.methods) {
      const operation = operationOf(route, entry.schema, method, schemas);
      const first = known.get(operation.operationId);
      if (first !== undefined) {
        const also = `Also as \`${method} ${path}\`.`;
        first.operation = {
          ...first.operation,
          description: [first.operation.description, also].filter((text) => text !== undefined).join(' '),
        };
        first.at[first.key] = first.operation;
        continue;
      }
      const at = paths[path] ?? {};
      paths[path] = at;
      at[method.toLowerCase()] = operation;
      known.set(operation.operationId, { operation, at, key: method.toLowerCase() });
    }
  }
  const responses = failureComponents(schemas);
  return {
    openapi: '3.1.1',
    info: { title: 'Assay: the Hardware API', version: API_VERSION, description: API_DESCRIPTION },
    tags: TAGS.filter(({ name }) => [...known.values()].some(({ operation }) => operation.tags.includes(name))),
    externalDocs: BLOB_DOCUMENTATION,
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: schemas.components,
      responses,
      headers: {
        'MS-RequestId': { description: "The caller's id of the request, or a fresh one.", schema: { type: 'string' } },
        'MS-CorrelationId': {
          description: "The caller's id of a chain of requests, or a fresh one.",
          schema: { type: 'string' },
        },
      },
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'From the token endpoint. One of the listed roles is enough; another application of the account may have others.',
        },
      },
    },
  } as OpenApiDocument;
}
