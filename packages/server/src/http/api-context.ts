// What the modules of the API share: the parts of the server that they work with.
import type { CodeTables } from '@assay/hardware-api';
import type { FastifyRequest } from 'fastify';
import type { BlobService } from '../blob/index.ts';
import type { Clock } from '../clock.ts';
import type { CertificateRegistration, TokenIssuer } from '../identity/index.ts';
import type { Database } from '../store/database.ts';
import type { ContinuationTokens } from './paging.ts';

export interface ApiContext {
  readonly database: Database;
  readonly issuer: TokenIssuer;
  readonly blob: BlobService;
  readonly certificates: CertificateRegistration;
  readonly clock: Clock;
  /** The codes that requests may use. */
  readonly codes: CodeTables;
  /** What links start with; undefined means the address that the caller used. */
  readonly publicUrl: string | undefined;
  /** What the URLs of blobs start with, for a request that came by another name than the blobs have. */
  readonly blobBaseUrl: ((request: FastifyRequest) => string | undefined) | undefined;
  readonly continuationTokens: ContinuationTokens;
  /** Called after a transaction that gave the workflow something to do. */
  readonly onWorkQueued: () => void;
}
