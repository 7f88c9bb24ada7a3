// The tables, as TypeScript sees them. Every integer column is a bigint on both databases, every moment is ISO 8601 text
// in UTC (which sorts as time does), every structured value is JSON text: so that queries are written once.
import type { Generated, Insertable, Selectable } from 'kysely';

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
  /** When it was told to get no more tokens; null while it works. */
  disabled_at: string | null;
}

export interface ClientSecretTable {
  id: string;
  client_id: string;
  /** SHA-256 of the secret, lower-case hex. Secrets are made by us with 256 random bits, so a slow hash adds nothing. */
  secret_hash: string;
  created_at: string;
  expires_at: string;
  /** What it is for, in its maker's words. */
  description: string | null;
  /** Its first three characters, to tell it from the other one. */
  hint: string | null;
  /** The day (UTC) on which a token was last issued for it. */
  last_used_on: string | null;
}

/** A certificate whose key signs an application's client assertions. */
export interface ApplicationCertificateTable {
  client_id: string;
  /** SHA-256 of the DER certificate, lower-case hex. */
  thumbprint: string;
  /** SHA-1 of the DER certificate, lower-case hex: what `x5t` holds. */
  sha1_thumbprint: string;
  subject: string;
  /** The DER certificate in base64. */
  certificate: string;
  not_before: string;
  not_after: string;
  created_at: string;
}

/** The id of a client assertion that was used, until the assertion expires. */
export interface AssertionIdTable {
  client_id: string;
  /** SHA-256 of the `jti`, lower-case hex. */
  id_hash: string;
  expires_at: string;
}

/** The random part of a file that an account is to sign in order to register a certificate. */
export interface CertificateChallengeTable {
  /** 32 random bytes, lower-case hex. */
  challenge: string;
  account_id: bigint;
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
  /** The following are null for certificates that were registered before they were recorded. */
  issuer: string | null;
  not_before: string | null;
  not_after: string | null;
  /** Whether it was issued after an extended validation. */
  is_extended_validation: Flag | null;
  /** A client id, or `operator`. */
  registered_by: string | null;
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
  /** `publisher`: a copy that another account shares with this one; it is never changed by its holder. */
  origin_type: Generated<'author' | 'publisher'>;
  /** The product that was shared; null for an account's own. */
  source_product_id: bigint | null;
  /** The account that shares it. */
  source_publisher_id: bigint | null;
  /** Nothing of it is shared any more. */
  deprecated: Generated<Flag>;
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
  /** Name of the blob that the caller uploads to, in the container `ingestion`; empty for a shared submission. */
  upload_blob: string;
  /** The blob content that was committed; later uploads to the same URL do not change what is processed. */
  package_content: string | null;
  created_by: string;
  created_at: string;
  updated_at: string;
  /** The submission that was shared; null for an account's own. */
  source_submission_id: bigint | null;
}

/** A submission that a shipping label shares with another account. */
export interface ShareTable {
  label_id: bigint;
  source_submission_id: bigint;
  /** The receiver's copy. */
  submission_id: bigint;
  /** JSON array of the combinations that the label targets; an empty one shares all. */
  hardware_ids: string;
  shared_at: string;
  revoked_at: string | null;
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
  /** The submission, or the preprod package by its id inside. */
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

/** The time stamp on a signature of the log: never changed, and proof by itself. */
export interface TimeStampTable {
  /** Sequence number of the signature. */
  signature: bigint;
  /** The RFC 3161 TimeStampToken over the signature value, in base64. */
  token: string;
  created_at: string;
}

/** A person's decision about a submission that is held for manual review. */
export interface ReviewTable {
  submission_id: bigint;
  decision: 'approved' | 'rejected';
  reason: string;
  decided_by: string;
  decided_at: string;
}

/** A package that was sent for preproduction signing. */
export interface PreprodPackageTable {
  /** What workflows, work folders and the log of signatures know it by. */
  id: bigint;
  /** What callers know it by: a GUID in lower case. */
  package_id: string;
  account_id: bigint;
  signing_status: 'NotStarted' | 'Processing' | 'Succeeded' | 'Failed';
  /** Null until the workflow starts. */
  current_step: string | null;
  /** JSON array of strings. */
  messages: string;
  /** The content that holds the package. */
  package_content: string;
  /** Quotes included; changes whenever what callers see does. */
  etag: string;
  created_by: string;
  created_at: string;
  updated_at: string;
}

/** A file that can be had of a preprod package. */
export interface PreprodAssetTable {
  /** A GUID in lower case; the blob in the container `preprod` has this name. */
  asset_id: string;
  subject_id: bigint;
  asset_type: 'SignedFilesZip';
  /** SHA-256, lower-case hex. */
  content_hash: string;
  created_at: string;
}

/** How often an account called a method in a minute. */
export interface ThrottleCounterTable {
  /** Whole minutes since 1970. */
  minute: bigint;
  account_id: bigint;
  method: string;
  calls: bigint;
}

/** A request to publish a submission to Windows Update or to share it with another partner. */
export interface ShippingLabelTable {
  id: bigint;
  account_id: bigint;
  product_id: bigint;
  submission_id: bigint;
  name: string;
  destination: 'windowsUpdate' | 'anotherPartner';
  /** JSON of the publishing specifications, complete as answers hold them; null for a label that shares. */
  publishing: string | null;
  /** Null for a label that publishes. */
  receiver_account_id: bigint | null;
  enforce_chid_targeting: Flag | null;
  /** JSON of the targeting with the state of each entry. It changes only when a run starts or ends, or by the run itself. */
  targeting: string;
  /** JSON of the targeting as it was last published or shared; null before that. */
  published_targeting: string | null;
  /** The current or last run of its workflow. */
  run_id: bigint;
  current_step: string;
  step_state: 'notStarted' | 'started' | 'failed' | 'completed';
  step_started_at: string;
  /** JSON array of strings. */
  messages: string;
  created_by: string;
  created_at: string;
  updated_at: string;
}

/** Another account that may see a label: one of its `visibleToAccounts`. */
export interface ShippingLabelReaderTable {
  label_id: bigint;
  account_id: bigint;
}

/** One walk of a label through its workflow: the first, or that of an update. The workflow's subject is its id. */
export interface ShippingLabelRunTable {
  id: bigint;
  label_id: bigint;
  kind: 'shippingLabelPublishing' | 'shippingLabelSharing';
  purpose: 'create' | 'update';
  business_justification: string | null;
  /** Who decides at microsoftApproval; null until that is settled, and for sharing. */
  approver: 'person' | 'policy' | null;
  /** Name of the blob that describes what is published, in the container `updates`. */
  update_blob: string | null;
  /** Null while it is under way. */
  outcome: 'completed' | 'failed' | 'cancelled' | null;
  requested_by: string;
  created_at: string;
  ended_at: string | null;
}

/** A person's decision about a run that waits at microsoftApproval. */
export interface ShippingLabelApprovalTable {
  run_id: bigint;
  decision: 'approved' | 'rejected';
  reason: string;
  decided_by: string;
  decided_at: string;
}

/** A set of machines that an account can limit its labels to, beside those that every account has. */
export interface AudienceTable {
  account_id: bigint;
  /** A GUID in lower case. */
  id: string;
  name: string;
  description: string;
  audience_name: string;
  created_at: string;
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
  application_certificates: ApplicationCertificateTable;
  assertion_ids: AssertionIdTable;
  certificate_challenges: CertificateChallengeTable;
  submission_certificates: SubmissionCertificateTable;
  products: ProductTable;
  submissions: SubmissionTable;
  shares: ShareTable;
  downloads: DownloadTable;
  workflows: WorkflowTable;
  workflow_steps: WorkflowStepTable;
  blobs: BlobTable;
  blob_blocks: BlobBlockTable;
  signatures: SignatureTable;
  time_stamps: TimeStampTable;
  reviews: ReviewTable;
  shipping_labels: ShippingLabelTable;
  shipping_label_readers: ShippingLabelReaderTable;
  shipping_label_runs: ShippingLabelRunTable;
  shipping_label_approvals: ShippingLabelApprovalTable;
  audiences: AudienceTable;
  preprod_packages: PreprodPackageTable;
  preprod_assets: PreprodAssetTable;
  throttle_counters: ThrottleCounterTable;
}

export type Account = Selectable<AccountTable>;
export type Application = Selectable<ApplicationTable>;
export type ClientSecret = Selectable<ClientSecretTable>;
export type ApplicationCertificate = Selectable<ApplicationCertificateTable>;
export type SubmissionCertificate = Selectable<SubmissionCertificateTable>;
export type Product = Selectable<ProductTable>;
export type Submission = Selectable<SubmissionTable>;
export type Share = Selectable<ShareTable>;
export type Download = Selectable<DownloadTable>;
export type Workflow = Selectable<WorkflowTable>;
export type Blob = Selectable<BlobTable>;
export type BlobBlock = Selectable<BlobBlockTable>;
export type Signature = Selectable<SignatureTable>;
export type PreprodPackage = Selectable<PreprodPackageTable>;
export type PreprodAsset = Selectable<PreprodAssetTable>;
export type ShippingLabel = Selectable<ShippingLabelTable>;
export type ShippingLabelRun = Selectable<ShippingLabelRunTable>;
export type ShippingLabelApproval = Selectable<ShippingLabelApprovalTable>;
export type Audience = Selectable<AudienceTable>;
export type AuditEntry = Selectable<AuditEntryTable>;
export type NewProduct = Insertable<ProductTable>;
export type NewSubmission = Insertable<SubmissionTable>;
