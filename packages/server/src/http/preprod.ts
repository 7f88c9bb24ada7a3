// Preprod packages: submit, read, and download what came of them ("Manage Preprod Submissions").
import { MESSAGES } from '@assay/hardware-api';
import { PreprodAsset, PreprodAssetList, PreprodPackage } from '@assay/hardware-api/schemas';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { BlobError, type BlobService, lengthOf, negotiateRead, type ReadHeaders, sendContent } from '../blob/index.ts';
import { appendAudit } from '../store/audit.ts';
import {
  findPreprodAsset,
  findPreprodPackage,
  insertPreprodPackage,
  listPreprodAssets,
  newPackageId,
  PREPROD_CONTAINER,
  preprodEntity,
} from '../store/preprod.ts';
import type { PreprodAsset as AssetRow, PreprodPackage as PackageRow } from '../store/schema.ts';
import { queueWorkflow } from '../workflow/queue.ts';
import type { ApiContext } from './api-context.ts';
import { actorOf, principalOf } from './authentication.ts';
import { ApiError } from './errors.ts';
import { acceptUploads, packageChunks } from './package-upload.ts';
import { toAssetResource, toPackageResource } from './preprod-resource.ts';

interface PackagePath {
  readonly packageId: string;
}
interface AssetPath extends PackagePath {
  readonly assetId: string;
}

const FIRST_STEP = 'packageInfoValidation';
const PACKAGE_TYPE = 'application/octet-stream';
const ZIP_TYPE = 'application/zip';
const TAGS = ['Preprod'];
const Bytes = Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary' });

/** Preprod ids are GUIDs in lower case; anything else is no package's id, and is looked up all the same. */
const idOf = (text: string): string => text.toLowerCase();

async function requirePackage({ database }: ApiContext, request: FastifyRequest): Promise<PackageRow> {
  const { packageId } = request.params as PackagePath;
  const row = await findPreprodPackage(database, principalOf(request).accountId, idOf(packageId));
  if (row === undefined) throw new ApiError('EntityNotFound', MESSAGES.preprodPackageNotFound);
  return row;
}

async function requireAsset({ database }: ApiContext, request: FastifyRequest): Promise<AssetRow> {
  const { packageId, assetId } = request.params as AssetPath;
  const { accountId } = principalOf(request);
  const row = await findPreprodAsset(database, accountId, idOf(packageId), idOf(assetId));
  if (row === undefined) throw new ApiError('EntityNotFound', MESSAGES.preprodAssetNotFound);
  return row;
}

/** Adds the routes below one prefix. The scope must be guarded by `requireToken`. */
export function addPreprodRoutes(scope: FastifyInstance, context: ApiContext): void {
  const { database, blob } = context;

  scope.register(async (uploads) => {
    acceptUploads(uploads);
    addSubmitRoute(uploads, context);
  });

  const reading = {
    schema: {
      operationId: 'getPreprodPackage',
      summary: 'Get a preprod package',
      tags: TAGS,
      response: { 200: PreprodPackage },
    },
  };
  scope.get<{ Params: PackagePath }>('/preprod/packages/:packageId', reading, async (request) => {
    const row = await requirePackage(context, request);
    const assets = row.signing_status === 'Succeeded' ? await listPreprodAssets(database, row.id) : [];
    return toPackageResource(row, assets);
  });

  const listing = {
    schema: {
      operationId: 'listPreprodAssets',
      summary: 'List the assets of a preprod package',
      description: 'A bare array; empty until the package has succeeded.',
      tags: TAGS,
      response: { 200: PreprodAssetList },
    },
  };
  scope.get<{ Params: PackagePath }>('/preprod/packages/:packageId/assets', listing, async (request) => {
    const row = await requirePackage(context, request);
    return (await listPreprodAssets(database, row.id)).map((asset) => toAssetResource(asset, row.package_id));
  });

  const readingAsset = {
    schema: {
      operationId: 'getPreprodAsset',
      summary: 'Get an asset of a preprod package',
      tags: TAGS,
      response: { 200: PreprodAsset },
    },
  };
  scope.get<{ Params: AssetPath }>('/preprod/packages/:packageId/assets/:assetId', readingAsset, async (request) =>
    toAssetResource(await requireAsset(context, request), idOf(request.params.packageId)),
  );

  const download = {
    schema: {
      operationId: 'downloadPreprodAsset',
      summary: 'Download an asset of a preprod package',
      description: 'The signed files as a zip. Ranges and conditional requests are supported (RFC 9110).',
      tags: TAGS,
      response: { 200: Bytes, 206: Bytes },
    },
    config: { responseMediaType: ZIP_TYPE },
    exposeHeadRoute: false,
  };
  const path = '/preprod/packages/:packageId/assets/:assetId/download';
  const sendAsset = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const asset = await requireAsset(context, request);
    return await sendDownload(blob, asset, (request.params as PackagePath).packageId, request, reply);
  };
  scope.get(path, download, sendAsset);
  scope.head(path, sendAsset);
}

/** The one route whose body is no JSON. */
function addSubmitRoute(uploads: FastifyInstance, context: ApiContext): void {
  const { blobs } = context.blob;
  const submission = {
    schema: {
      operationId: 'submitPreprodPackage',
      summary: 'Submit a package for preprod signing',
      description: 'The body is the package: a cabinet, signed as for an attestation submission.',
      tags: TAGS,
      response: { 201: PreprodPackage },
    },
    config: { requestBody: Bytes, requestMediaType: PACKAGE_TYPE, methodKind: 'upload' as const },
    bodyLimit: Number.MAX_SAFE_INTEGER,
  };
  uploads.put('/preprod/packages', submission, async (request, reply) => {
    const { accountId, clientId } = principalOf(request);
    const packageId = newPackageId();
    let created: PackageRow | undefined;
    await blobs.put(PREPROD_CONTAINER, packageId, packageChunks(request, blobs.maximumSize), {
      contentType: PACKAGE_TYPE,
      apply: async (transaction, { content, sha256, length }) => {
        const added = { packageId, accountId, content, createdBy: clientId };
        created = await insertPreprodPackage(transaction, added, context.clock);
        const workflow = { kind: 'preprod', subjectId: created.id, firstStep: FIRST_STEP };
        await queueWorkflow(transaction, workflow, context.clock);
        const change = { action: 'preprod.submit', entity: preprodEntity(packageId), details: { sha256, length } };
        await appendAudit(transaction, actorOf(request), { accountId, ...change }, context.clock);
      },
    });
    if (created === undefined) throw new Error('The package was kept without its row.');
    context.onWorkQueued();
    return reply.code(201).send(toPackageResource(created, []));
  });
}

/** What decides which bytes are sent. A range has a meaning for GET alone (RFC 9110 §14.2). */
function readHeaders({ method, headers }: FastifyRequest): ReadHeaders {
  return {
    'if-match': headers['if-match'],
    'if-none-match': headers['if-none-match'],
    'if-modified-since': headers['if-modified-since'],
    'if-unmodified-since': headers['if-unmodified-since'],
    ...(method === 'GET' && { range: headers.range, 'if-range': headers['if-range']?.toString() }),
  };
}

/** How a failed read of a blob is answered here. */
const READ_FAILURES = {
  ConditionNotMet: 'PreconditionFailed',
  InvalidHeaderValue: 'MalformedRequest',
  InvalidRange: 'RangeNotSatisfiable',
} as const;

/** Answers with the asset's bytes, or with a range of them. */
async function sendDownload(
  { blobs }: BlobService,
  asset: AssetRow,
  packageId: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const opened = await blobs.open(PREPROD_CONTAINER, asset.asset_id);
  if (opened === undefined) throw new Error(`The blob of preprod asset ${asset.asset_id} is missing.`);
  const { blob, file } = opened;
  try {
    const range = negotiateRead(blob, readHeaders(request), reply);
    reply.headers({
      'Content-Type': ZIP_TYPE,
      'Content-Disposition': `attachment; filename="Signed_${idOf(packageId)}.zip"`,
      'Accept-Ranges': 'bytes',
    });
    if (request.method === 'GET') return await sendContent(opened, range, reply);
    await file.close();
    return reply.header('Content-Length', String(lengthOf(blob, undefined))).send();
  } catch (error) {
    await file.close();
    if (!(error instanceof BlobError)) throw error;
    if (error.code === 'NotModified') return reply.code(304).send();
    if (!(error.code in READ_FAILURES)) throw error;
    throw new ApiError(READ_FAILURES[error.code as keyof typeof READ_FAILURES]);
  }
}
