// The tables, as TypeScript sees them. Every integer column is a bigint on both databases, every moment is ISO 8601 text
// in UTC (which sorts as time does), every structured value is JSON text: so that queries are written once.
import type { Insertable, Selectable } from 'kysely';

/** 0n or 1n: neither database is asked for a boolean type. */
export type Flag = 0n | 1n;

/** An organisation that submits drivers; `id` is the seller id. */
export interface AccountTable {
  id: bigint;
  name: string;
  /** Written into the signatures made for this account, as the dashboard does. */
  legal_name: string;
  tenant_id: string;
  created_at: string;
}

/** A client that may ask for tokens on behalf of an account. */
export interface ApplicationTable {
  client_id: string;
  account_id: bigint;
  name: string;
  /** JSON array of role names. */
  roles: string;
  created_at: string;
}

export interface ClientSecretTable {
  id: string;
  client_id: string;
  /** SHA-256 of the secret, lower-case hex. Secrets are made by us with 256 random bits, so a slow hash adds nothing. */
  secret_hash: string;
  created_at: string;
  expires_at: string;
}

/** A code-signing certificate whose signature on a submitted package is accepted for the account. */
export interface SubmissionCertificateTable {
  account_id: bigint;
  /** SHA-256 of the DER certificate, lower-case hex. */
  thumbprint: string;
  subject: string;
  /** The DER certificate in base64. */
  certificate: string;
  registered_at: string;
}

export interface ProductTable {
  id: bigint;
  account_id: bigint;
  shared_product_id: bigint;
  product_name: string;
  test_harness: string;
  /** JSON of the remaining properties that the caller gave, in the API's own names. */
  properties: string;
  is_committed: Flag;
  is_extension_inf: Flag;
  created_by: string;
  created_at: string;
  updated_by: string;
  updated_at: string;
}

export interface SubmissionTable {
  id: bigint;
  product_id: bigint;
  account_id: bigint;
  name: string;
  type: 'initial' | 'derived';
  commit_status: 'commitPending' | 'commitReceived' | 'commitComplete' | 'commitFailed';
  /** Null until the submission is committed. */
  current_step: string | null;
  step_state: 'notStarted' | 'started' | 'failed' | 'completed' | null;
  /** JSON array of strings. */
  messages: string;
  is_extension_inf: Flag | null;
  is_universal: Flag | null;
  is_declarative_inf: Flag | null;
  /** Name of the blob that the caller uploads to, in the container `ingestion`. */
  upload_blob: string;
  /** The blob content that was committed; later uploads to the same URL do not change what is processed. */
  package_content: string | null;
  created_by: string;
  created_at: string;
  updated_at: string;
}

/** A file that can be had with the submission, in the order in which the API lists them. */
export interface DownloadTable {
  submission_id: bigint;
  type: string;
  position: bigint;
  container: string;
  blob: string;
  file_name: string;
}

/** One durable workflow and the step that it has to take next. */
export interface WorkflowTable {
  id: string;
  /** Which ordered table of steps it walks, for example `ingestion`. */
  kind: string;
  subject_id: bigint;
  step: string;
  state: 'queued' | 'completed' | 'failed';
  /** How often the current step has been started. */
  attempt: bigint;
  /** Not to be taken before this moment. */
  due_at: string;
  lease_owner: string | null;
  lease_until: string | null;
  /** Grows with each change: whoever claims or finishes a step names the version that it saw. */
  version: bigint;
  created_at: string;
  updated_at: string;
}

/** What a finished step found or made, for the steps after it. */
export interface WorkflowStepTable {
  workflow_id: string;
  step: string;
  /** JSON. */
  output: string;
  attempts: bigint;
  finished_at: string;
}

export interface BlobTable {
  container: string;
  name: string;
  /** Name of the immutable file that holds the bytes. */
  content: string;
  /** Bytes. */
  length: bigint;
  content_type: string;
  /** Base64 of the MD5, only when the uploader sent one that was checked. */
  content_md5: string | null;
  /** SHA-256 of the bytes, lower-case hex. */
  sha256: string;
  etag: string;
  last_modified: string;
}

/** A block that has been put and is not yet in a block list. */
export interface BlobBlockTable {
  container: string;
  blob: string;
  block_id: string;
  content: string;
  length: bigint;
  created_at: string;
}

/** Append-only, hash-chained: one row for each signature that the signing key made. */
export interface SignatureTable {
  sequence: bigint;
  submission_id: bigint;
  /** What was signed, for example a path inside the package. */
  subject: string;
  purpose: string;
  digest_algorithm: string;
  /** Lower-case hex of the digest that the signature protects. */
  digest: string;
  certificate_thumbprint: string;
  /** The SignedData in base64. */
  signature: string;
  created_at: string;
  previous_hash: string;
  hash: string;
}

/** A person's decision about a submission that is held for manual review. */
export interface ReviewTable {
  submission_id: bigint;
  decision: 'approved' | 'rejected';
  reason: string;
  decided_by: string;
  decided_at: string;
}

/** One change, in a chain of hashes. */
export interface AuditEntryTable {
  sequence: bigint;
  at: string;
  /** Whose data it is about; null for what concerns the whole installation. */
  account_id: bigint | null;
  /** A client id, `service` for what a workflow did, or `operator` for what was done on the machine. */
  actor: string;
  /** Noun and verb, for example `submission.commit`. */
  action: string;
  /** Path of the thing, for example `products/17/submissions/42`. */
  entity: string;
  correlation_id: string | null;
  /** JSON; never a secret. */
  details: string;
  previous_hash: string;
  hash: string;
}

/** The end of the audit chain. */
export interface AuditHeadTable {
  id: bigint;
  sequence: bigint;
  hash: string;
}

export interface Schema {
  audit_entries: AuditEntryTable;
  audit_head: AuditHeadTable;
  accounts: AccountTable;
  applications: ApplicationTable;
  client_secrets: ClientSecretTable;
  submission_certificates: SubmissionCertificateTable;
  products: ProductTable;
  submissions: SubmissionTable;
  downloads: DownloadTable;
  workflows: WorkflowTable;
  workflow_steps: WorkflowStepTable;
  blobs: BlobTable;
  blob_blocks: BlobBlockTable;
  signatures: SignatureTable;
  reviews: ReviewTable;
}

export type Account = Selectable<AccountTable>;
export type Application = Selectable<ApplicationTable>;
export type SubmissionCertificate = Selectable<SubmissionCertificateTable>;
export type Product = Selectable<ProductTable>;
export type Submission = Selectable<SubmissionTable>;
export type Download = Selectable<DownloadTable>;
export type Workflow = Selectable<WorkflowTable>;
export type Blob = Selectable<BlobTable>;
export type BlobBlock = Selectable<BlobBlockTable>;
export type Signature = Selectable<SignatureTable>;
export type AuditEntry = Selectable<AuditEntryTable>;
export type NewProduct = Insertable<ProductTable>;
export type NewSubmission = Insertable<SubmissionTable>;
