// What routes say about themselves for the OpenAPI document, and what Fastify is kept from doing with it: ids in a path do not
// fit a double and bodies are bound without regard to case, so nothing here may be validated or coerced by the framework.
import { ErrorBody } from '@assay/hardware-api/schemas';
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify';
import { type TObject, type TSchema, Type } from 'typebox';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The schema to which `bindRequest` binds the body. */
    requestBody?: TSchema;
    /** The media type of a request body that is no JSON; `requestBody` then describes it. */
    requestMediaType?: string;
    /** The media type of a successful answer that is no JSON. */
    responseMediaType?: string;
  }
  interface FastifySchema {
    summary?: string;
    description?: string;
    operationId?: string;
    tags?: readonly string[];
  }
}

/** Collects the routes of an application as they are added. */
export function collectRoutes(app: FastifyInstance): readonly RouteOptions[] {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => void routes.push(route));
  return routes;
}

/**
 * Keeps Fastify from validating or coercing what a route's schema says of requests: our own readers do (`bindRequest` for
 * bodies, `parseId` for ids in a path, `readPageRequest` for pages), without loss and with the API's own errors.
 */
export function leaveRequestsToOurReaders(app: FastifyInstance): void {
  app.setValidatorCompiler(() => (value: unknown) => ({ value }));
}

/** A 64-bit id in a path. Anything that is no id is answered like an id that does not exist. */
const id = (description: string) => Type.Unsafe<string>({ type: 'integer', format: 'int64', minimum: 1, description });

/** The parameters that paths have, with what they mean. A route whose parameters differ gives its own `schema.params`. */
export const PATH_PARAMETERS: Readonly<Record<string, TSchema>> = {
  productId: id('The product, as `id` in its resource.'),
  submissionId: id('The submission, as `id` in its resource.'),
  shippingLabelId: id('The shipping label, as `id` in its resource.'),
  publisherId: id("The sharing publisher's seller id."),
  sellerId: id('The seller id of the account.'),
  tenant: Type.String({ description: "The account's tenant id.", format: 'uuid' }),
  packageId: Type.String({ description: 'The package, as `id` in its resource.' }),
  assetId: Type.String({ description: 'The asset, as `id` in its resource.' }),
};

/** The query string of a list that pages. */
export const PageQuery: TObject = Type.Object({
  pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
  continuationToken: Type.Optional(Type.String({ description: 'From `next_link`; opaque.' })),
});

/** A successful answer without a body. */
export const NoContent = Type.Null({ description: 'No body.' });

/** What may go wrong with a request, by status. Which of them an operation has follows from its route. */
export const FAILURES: Readonly<Record<number, { readonly name: string; readonly description: string }>> = {
  400: { name: 'BadRequest', description: 'Malformed, invalid, or not possible in the current state.' },
  401: { name: 'Unauthorized', description: 'No access token, or one that is not valid; see `WWW-Authenticate`.' },
  403: {
    name: 'Forbidden',
    description: 'The application has none of the roles, or the resource is not its to change.',
  },
  404: { name: 'NotFound', description: 'There is no such resource, or it belongs to another account.' },
  412: { name: 'PreconditionFailed', description: 'A condition in a header of the request does not hold.' },
  413: { name: 'PayloadTooLarge', description: 'The body is larger than the resource takes.' },
  415: { name: 'UnsupportedMediaType', description: 'The body, or an explicit Content-Type, is not JSON.' },
  416: { name: 'RangeNotSatisfiable', description: 'No byte is in the range that was asked for.' },
  429: {
    name: 'TooManyRequests',
    description: 'The quota of this minute is used up; wait as long as `Retry-After` says.',
  },
  500: {
    name: 'InternalServerError',
    description: 'A fault of the server. Its log has the details under `MS-RequestId`.',
  },
  503: { name: 'ServiceUnavailable', description: 'The server is stopping, or its database does not answer.' },
};

/** The body of every failure. */
export const FailureBody = ErrorBody;

export type DocumentedSchema = FastifySchema & { readonly params?: TObject; readonly querystring?: TObject };
