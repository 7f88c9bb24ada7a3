// The blob endpoint as a Fastify plugin: authenticates by the signature in the URL alone (an Authorization header is ignored),
// finds the operation in a table, and answers every failure with Azure's XML.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { getBlob, getBlobProperties, getBlockList } from './blob-reads.ts';
import { type BlobAddress, drain, hasBody, header, parseAddress } from './blob-request.ts';
import type { BlobStore } from './blob-store.ts';
import { putBlob, putBlock, putBlockList } from './blob-writes.ts';
import { BlobError, errorDocument } from './errors.ts';
import { type ResponseOverrides, SAS_VERSION, type Sas } from './sas.ts';

interface OperationContext {
  readonly blobs: BlobStore;
  readonly address: BlobAddress;
  readonly overrides: ResponseOverrides;
  readonly bodyType: string | undefined;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

interface Operation {
  readonly method: string;
  /** The value of `comp`, empty when there must be none. */
  readonly comp: string;
  /** The letter that `sp` must hold. */
  readonly permission: string;
  readonly run: (context: OperationContext) => Promise<FastifyReply>;
}

/** A path outside the endpoint's own under which blobs can be read with their signatures. */
export interface BlobAlias {
  /** With parameters, as Fastify writes them. */
  readonly path: string;
  /** The blob that a request means; undefined when there is none. */
  find(params: Readonly<Record<string, string>>, query: URLSearchParams): Promise<AliasedBlob | undefined>;
}

export interface AliasedBlob {
  readonly container: string;
  readonly blob: string;
  /** The blob whose signature the URL carries, in the same container: this one, or one that it belongs to. */
  readonly signedBlob: string;
  /** Name under which it is saved, instead of the one that was signed. */
  readonly fileName?: string;
}

const OPERATIONS: readonly Operation[] = [
  {
    method: 'PUT',
    comp: '',
    permission: 'w',
    run: ({ blobs, address, bodyType, request, reply }) => putBlob(blobs, address, bodyType, request, reply),
  },
  {
    method: 'PUT',
    comp: 'block',
    permission: 'w',
    run: ({ blobs, address, request, reply }) => putBlock(blobs, address, request, reply),
  },
  {
    method: 'PUT',
    comp: 'blocklist',
    permission: 'w',
    run: ({ blobs, address, request, reply }) => putBlockList(blobs, address, request, reply),
  },
  {
    method: 'GET',
    comp: '',
    permission: 'r',
    run: ({ blobs, address, overrides, request, reply }) => getBlob(blobs, address, overrides, request, reply),
  },
  {
    method: 'HEAD',
    comp: '',
    permission: 'r',
    run: ({ blobs, address, overrides, request, reply }) =>
      getBlobProperties(blobs, address, overrides, request, reply),
  },
  {
    method: 'GET',
    comp: 'blocklist',
    permission: 'r',
    run: ({ blobs, address, reply }) => getBlockList(blobs, address, reply),
  },
];

/** What a method that no operation has would need, so that a URL that does not grant it is told so first, as on Azure. */
const PERMISSIONS_OF_OTHER_METHODS: Readonly<Record<string, string>> = { GET: 'r', HEAD: 'r', PUT: 'w', DELETE: 'd' };
/** They select another version of the blob; answering with the current one would be wrong. */
const REFUSED_PARAMETERS = ['snapshot', 'versionid', 'restype'];
/** Azure echoes a client's request id up to this many characters. */
const MAXIMUM_CLIENT_REQUEST_ID_LENGTH = 1024;

/** Runs the operation that the request asks for. */
async function dispatch(
  { blobs, sas }: { readonly blobs: BlobStore; readonly sas: Sas },
  bodyType: string | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const address = parseAddress(request.raw.url ?? '');
  const { container, blob, query } = address;
  const comp = (query.get('comp') ?? '').toLowerCase();
  const operation = OPERATIONS.find((one) => one.method === request.method && one.comp === comp);
  const permission = operation?.permission ?? PERMISSIONS_OF_OTHER_METHODS[request.method] ?? 'w';
  const verification = sas.verify(container, blob, query, permission, {
    protocol: request.protocol,
    address: request.ip,
  });
  if (!verification.ok) throw verification.error;
  if (!operation) {
    if (!OPERATIONS.some((one) => one.method === request.method)) throw new BlobError('UnsupportedHttpVerb');
    throw new BlobError('InvalidQueryParameterValue', { QueryParameterName: 'comp', QueryParameterValue: comp });
  }
  const refused = REFUSED_PARAMETERS.find((name) => query.has(name));
  if (refused !== undefined) throw new BlobError('UnsupportedQueryParameter', { QueryParameterName: refused });
  return operation.run({ blobs, address, overrides: verification.overrides, bodyType, request, reply });
}

/** Reads a blob under another path. What is not there is refused like what the caller may not read: ids are not probed. */
async function readAlias(
  { blobs, sas }: { readonly blobs: BlobStore; readonly sas: Sas },
  alias: BlobAlias,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const [, ...queryParts] = (request.raw.url ?? '').split('?');
  const query = new URLSearchParams(queryParts.join('?'));
  const found = await alias.find(request.params as Readonly<Record<string, string>>, query);
  if (found === undefined) {
    throw new BlobError('AuthenticationFailed', { AuthenticationErrorDetail: 'The signature is not for this path.' });
  }
  const { container, blob, signedBlob, fileName } = found;
  const client = { protocol: request.protocol, address: request.ip };
  const verification = sas.verify(container, signedBlob, query, 'r', client);
  if (!verification.ok) throw verification.error;
  const overrides: ResponseOverrides = {
    ...verification.overrides,
    ...(fileName === undefined ? {} : { 'content-disposition': `attachment; filename=${fileName}` }),
  };
  const read = request.method === 'HEAD' ? getBlobProperties : getBlob;
  return await read(blobs, { container, blob, query }, overrides, request, reply);
}

/** Whether the caller went away, so that there is nobody to answer and nothing to report. */
function wasAborted(request: FastifyRequest): boolean {
  return request.raw.destroyed && !request.raw.complete;
}

function asBlobError(error: unknown, request: FastifyRequest): BlobError {
  if (error instanceof BlobError) return error;
  if (wasAborted(request)) request.log.info('The caller closed the connection before the end of the request.');
  else request.log.error({ err: error }, 'A blob request failed.');
  return new BlobError('InternalError', {}, { cause: error });
}

/**
 * Adds the blob endpoint at `/{accountName}/…`, and its aliases. Bodies reach the store as raw streams: inside this plugin
 * nothing parses them.
 */
export async function blobRoutes(
  app: FastifyInstance,
  options: { readonly blobs: BlobStore; readonly sas: Sas; readonly aliases?: readonly BlobAlias[] },
): Promise<void> {
  const requestIds = new WeakMap<IncomingMessage, string>();
  const bodyTypes = new WeakMap<IncomingMessage, string>();

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  app.addHook('onRequest', async (request, reply) => {
    const requestId = randomUUID();
    requestIds.set(request.raw, requestId);
    reply.header('x-ms-request-id', requestId);
    reply.header('x-ms-version', header(request.headers, 'x-ms-version') ?? SAS_VERSION);
    const clientRequestId = header(request.headers, 'x-ms-client-request-id');
    if (clientRequestId !== undefined && clientRequestId.length <= MAXIMUM_CLIENT_REQUEST_ID_LENGTH) {
      reply.header('x-ms-client-request-id', clientRequestId);
    }
    // Fastify refuses a content type that it cannot read; to Azure any text will do.
    const bodyType = request.raw.headers['content-type'];
    if (bodyType !== undefined) bodyTypes.set(request.raw, bodyType);
    delete request.raw.headers['content-type'];
  });

  app.setErrorHandler(async (error, request, reply) => {
    const blobError = asBlobError(error, request);
    if (hasBody(request.raw.headers) && !(await drain(request.raw))) reply.header('connection', 'close');
    reply.code(blobError.status).header('x-ms-error-code', blobError.wireCode);
    if (request.method === 'HEAD' || blobError.status === 304) return reply.send();
    const requestId = requestIds.get(request.raw) ?? randomUUID();
    return reply
      .header('content-type', 'application/xml')
      .removeHeader('content-length')
      .send(errorDocument(blobError, requestId, options.sas.clock()));
  });

  app.all(
    `/${options.sas.accountName}/*`,
    { exposeHeadRoute: false, bodyLimit: Number.MAX_SAFE_INTEGER },
    (request, reply) => dispatch(options, bodyTypes.get(request.raw), request, reply),
  );
  for (const alias of options.aliases ?? []) {
    app.route({
      method: ['GET', 'HEAD'],
      url: alias.path,
      exposeHeadRoute: false,
      handler: (request, reply) => readAlias(options, alias, request, reply),
    });
  }
}
