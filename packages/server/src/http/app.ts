// Puts the HTTP side of the service together: one Fastify application that holds the Hardware API under all its prefixes, the
// authority, the blob endpoint, reviews and health. It listens to nothing by itself.
import { BUILT_IN_CODES, type CodeTables } from '@assay/hardware-api';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type BlobService, blobRoutes } from '../blob/index.ts';
import type { Clock } from '../clock.ts';
import { createCertificateRegistration, type ExamineSignedFile, type TokenIssuer } from '../identity/index.ts';
import type { Database } from '../store/database.ts';
import type { ApiContext } from './api-context.ts';
import { API_PREFIXES } from './api-prefixes.ts';
import { addAudienceAdministration, addAudienceRoutes } from './audiences.ts';
import { addAuditRoutes } from './audit.ts';
import { requireToken, SUBMITTER_ROLES } from './authentication.ts';
import { acceptFiles, addCertificateRoutes } from './certificates.ts';
import { certificationReportAliases } from './certification-reports.ts';
import { ApiError, handleError, handleNotFound } from './errors.ts';
import { addHealthRoute } from './health.ts';
import { acceptJsonBodies, JSON_BODY_LIMIT } from './json-body.ts';
import { createContinuationTokens } from './paging.ts';
import { addPreprodRoutes } from './preprod.ts';
import { addProductUpdateRoute } from './product-updates.ts';
import { addProductRoutes } from './products.ts';
import { addReceivedSubmissionRoutes } from './received-submissions.ts';
import { addReferenceRoutes } from './reference-routes.ts';
import { requestIdOf, writeRequestIds } from './request-ids.ts';
import { type LogOptions, loggerOptions } from './request-log.ts';
import { addReviewRoutes, REVIEW_PREFIX } from './reviews.ts';
import { collectRoutes, leaveRequestsToOurReaders } from './route-documentation.ts';
import { addShippingLabelApprovalRoutes } from './shipping-label-approvals.ts';
import { addShippingLabelRoutes } from './shipping-labels.ts';
import { addSubmissionUpdateRoute } from './submission-updates.ts';
import { addSubmissionRoutes } from './submissions.ts';
import { createThrottle, throttleCalls } from './throttle.ts';
import type { ThrottleLimits } from './throttle-presets.ts';
import { addTimestampRoute, type TimestampResponder } from './timestamps.ts';
import { addTokenRoutes } from './tokens.ts';

export interface AppOptions {
  readonly database: Database;
  readonly issuer: TokenIssuer;
  readonly blob: BlobService;
  readonly clock: Clock;
  /** The codes that requests may use; the built-in ones unless given. */
  readonly codes?: CodeTables;
  /** What links and issuers start with; without it, the address that the caller used. */
  readonly publicUrl?: string;
  /** Off unless given; `true` means from level `info` on, to standard output. Tokens and URL signatures are never written. */
  readonly logger?: boolean | LogOptions;
  /** Called after something was committed that a worker in this process may take up at once. */
  readonly onWorkQueued?: () => void;
  /** Opens files that were signed to register a certificate; without it none can be registered over HTTP. */
  readonly examineSignedFile?: ExamineSignedFile;
  /** Makes time stamps for whoever asks; without it none are made over HTTP. */
  readonly timestamps?: TimestampResponder;
  /** How many calls of a method an account may make in a minute; without it calls are neither limited nor counted. */
  readonly throttle?: ThrottleLimits;
  /** What the URLs of blobs start with in the answer to this request; undefined for the address of everything else. */
  readonly blobBaseUrl?: (request: FastifyRequest) => string | undefined;
  /** Adds hooks and routes of its own, before the service's. */
  readonly extend?: (app: FastifyInstance) => void;
}

async function refuseSignedFile(): Promise<never> {
  throw new ApiError('ServiceUnavailable', 'Certificates cannot be registered over HTTP at this server.');
}

/**
 * Makes the application. `app.close()` lets running requests end; the database stays open, it belongs to the caller.
 */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const context: ApiContext = {
    database: options.database,
    issuer: options.issuer,
    blob: options.blob,
    certificates: createCertificateRegistration({
      database: options.database,
      clock: options.clock,
      examine: options.examineSignedFile ?? refuseSignedFile,
    }),
    clock: options.clock,
    codes: options.codes ?? BUILT_IN_CODES,
    publicUrl: options.publicUrl,
    blobBaseUrl: options.blobBaseUrl,
    onWorkQueued: options.onWorkQueued ?? (() => undefined),
    continuationTokens: createContinuationTokens(options.issuer.deriveSecret('continuation tokens')),
  };

  const app = Fastify({
    ...loggerOptions(options.logger),
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true },
    trustProxy: false,
    bodyLimit: JSON_BODY_LIMIT,
    // A large package may take hours to arrive; Node's limit on headers still holds.
    requestTimeout: 0,
    requestIdHeader: false,
    genReqId: requestIdOf,
    frameworkErrors: (error, request, reply) => {
      writeRequestIds(request, reply);
      handleError(error, request, reply);
    },
  });

  const routes = collectRoutes(app);
  leaveRequestsToOurReaders(app);
  // A body sent to an unknown path is not looked at: the answer is 404 whatever it holds.
  app.removeAllContentTypeParsers();
  app.decorateRequest('principal', null);
  app.decorateRequest('correlationId', '');
  app.addHook('preClose', async () => {
    // A connection that is busy now would stay open after its answer, for as long as its client likes to keep it.
    app.server.keepAliveTimeout = 1;
    app.server.keepAliveTimeoutBuffer = 0;
  });
  app.addHook('onRequest', async (request, reply) => writeRequestIds(request, reply));
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleNotFound);
  options.extend?.(app);

  const { throttle: limits, database, clock } = options;
  const throttle = limits === undefined ? undefined : createThrottle({ database, limits, clock });
  for (const prefix of API_PREFIXES) {
    await app.register(
      async (scope) => {
        acceptJsonBodies(scope);
        requireToken(scope, { issuer: context.issuer, publicUrl: context.publicUrl, roles: SUBMITTER_ROLES });
        if (throttle !== undefined) throttleCalls(scope, throttle);
        addProductRoutes(scope, context, prefix);
        addProductUpdateRoute(scope, context, prefix);
        addSubmissionRoutes(scope, context, prefix);
        addSubmissionUpdateRoute(scope, context, prefix);
        addReceivedSubmissionRoutes(scope, context, prefix);
        addPreprodRoutes(scope, context);
        addShippingLabelRoutes(scope, context, prefix);
        addAudienceRoutes(scope, context, prefix);
      },
      { prefix: prefix.path },
    );
  }
  await app.register(
    async (scope) => {
      acceptJsonBodies(scope);
      requireToken(scope, { issuer: context.issuer, publicUrl: context.publicUrl, roles: ['Manager'] });
      addReviewRoutes(scope, context);
      addShippingLabelApprovalRoutes(scope, context);
      addAudienceAdministration(scope, context);
      addAuditRoutes(scope, context, REVIEW_PREFIX);
    },
    { prefix: REVIEW_PREFIX },
  );
  await app.register(
    async (scope) => {
      acceptFiles(scope);
      requireToken(scope, { issuer: context.issuer, publicUrl: context.publicUrl, roles: ['Manager'] });
      addCertificateRoutes(scope, context);
    },
    { prefix: REVIEW_PREFIX },
  );
  await app.register(async (scope) => addTokenRoutes(scope, context));
  await app.register(blobRoutes, { ...options.blob, aliases: certificationReportAliases(context.database) });
  await app.register(async (scope) => addTimestampRoute(scope, options.timestamps));
  addHealthRoute(app, context.database);
  addReferenceRoutes(app, routes);
  await app.ready();
  return app;
}
