// Makes products and submissions as if they had been submitted before the rehearsal began. They are made with the functions that
// the API itself uses, and a completed submission has gone through every step, with real bytes and real signatures.
import { setTimeout as sleep } from 'node:timers/promises';
import type { CodeTables } from '@assay/hardware-api';
import type { Transaction } from 'kysely';
import type { BlobStore } from '../blob/index.ts';
import type { Clock } from '../clock.ts';
import { propertiesOf } from '../http/product-resource.ts';
import { listAccounts, listApplications } from '../store/accounts.ts';
import { appendAudit, OPERATOR } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { addDownloads, auditIngestion, ERROR_REPORT, updateProgress } from '../store/ingestion.ts';
import { insertProduct } from '../store/products.ts';
import type { Account, Product, Schema, Submission } from '../store/schema.ts';
import { registerSubmissionCertificate } from '../store/submission-certificates.ts';
import { commitSubmission, insertSubmission, readMessages, UPLOAD_CONTAINER } from '../store/submissions.ts';
import { writeErrorReport } from '../workflow/ingestion/error-report.ts';
import { queueWorkflow } from '../workflow/queue.ts';
import { parseSeedDocument, SeedError, type SeedState, type SeedSubmission } from './seed-document.ts';
import { makeSeedDriver } from './seed-driver.ts';
import { failureMessage, STEP_NAMES } from './steps/index.ts';

export interface SeedServices {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly codes: CodeTables;
  readonly onWorkQueued: () => void;
  /** Lets the workflow of this subject go at once and without faults. */
  readonly hurry: (subjectId: bigint) => void;
}

/** What was made, in the order of the document. Ids are int64, as text. */
export interface SeedResult {
  readonly products: readonly {
    readonly id: string;
    readonly submissions: readonly { readonly id: string; readonly state: SeedState }[];
  }[];
}

const [FIRST_STEP] = STEP_NAMES.ingestion;
const PACKAGE_TYPE = 'application/octet-stream';
const POLL_MS = 20;
/** How long a submission that is to be completed may take, in milliseconds. */
const LONGEST_MS = 120_000;

/** Who owns what is made, and in whose name. */
interface Owner {
  readonly account: Account;
  /** The client id of the account's first application. */
  readonly createdBy: string;
}

async function findOwner(database: Database, tenantId: string | undefined): Promise<Owner> {
  const accounts = await listAccounts(database);
  const [account, ...others] = accounts.filter(({ tenant_id }) => tenantId === undefined || tenant_id === tenantId);
  if (account === undefined) {
    throw new SeedError(tenantId === undefined ? 'There is no account.' : `tenantId: no account has ${tenantId}.`);
  }
  if (others.length > 0)
    throw new SeedError('There are several accounts: write the tenantId of one into the document.');
  const [application] = await listApplications(database, account.id);
  return { account, createdBy: application?.client_id ?? OPERATOR.actor };
}

/** Seeds the document, which is parsed JSON. Throws SeedError; what was made before it is left. */
export async function seedRehearsal(services: SeedServices, document: unknown): Promise<SeedResult> {
  const { database, clock } = services;
  const { tenantId, products } = parseSeedDocument(document, services.codes);
  const owner = await findOwner(database, tenantId);
  const made: { product: Product; submissions: { row: Submission; state: SeedState }[] }[] = [];
  for (const { product: given, submissions } of products) {
    const { productName, testHarness } = given;
    const accountId = owner.account.id;
    const fields = { accountId, productName, testHarness, properties: propertiesOf(given), createdBy: owner.createdBy };
    const product = await database.transaction().execute(async (transaction) => {
      const row = await insertProduct(transaction, fields, clock);
      const change = { accountId, action: 'product.create', entity: `products/${row.id}`, details: { seeded: true } };
      await appendAudit(transaction, OPERATOR, change, clock);
      return row;
    });
    const rows: { row: Submission; state: SeedState }[] = [];
    for (const submission of submissions) {
      rows.push({ row: await seedSubmission(services, owner, product, submission), state: submission.state });
    }
    made.push({ product, submissions: rows });
  }
  for (const { row, state } of made.flatMap(({ submissions }) => submissions)) {
    if (state === 'completed') await untilCompleted(services, row);
  }
  return {
    products: made.map(({ product, submissions }) => ({
      id: String(product.id),
      submissions: submissions.map(({ row, state }) => ({ id: String(row.id), state })),
    })),
  };
}

async function seedSubmission(
  services: SeedServices,
  owner: Owner,
  product: Product,
  seed: SeedSubmission,
): Promise<Submission> {
  const { database, blobs, clock } = services;
  const { name, state } = seed;
  const accountId = owner.account.id;
  const fields = { accountId, productId: product.id, name, type: 'initial', createdBy: owner.createdBy } as const;
  const row = await database.transaction().execute(async (transaction) => {
    const inserted = await insertSubmission(transaction, fields, clock);
    if (inserted === undefined) throw new SeedError('The product has an initial submission already.');
    const entity = entityOf(inserted);
    const change = { accountId, action: 'submission.create', entity, details: { name, type: 'initial', seeded: true } };
    await appendAudit(transaction, OPERATOR, change, clock);
    return inserted;
  });
  const goesOn = state === 'committed' || state === 'completed';
  const bytes = seed.package ?? (goesOn ? await makePackage(services, owner) : undefined);
  if (bytes !== undefined) {
    const chunks = (async function* () {
      yield bytes;
    })();
    await blobs.put(UPLOAD_CONTAINER, row.upload_blob, chunks, { contentType: PACKAGE_TYPE });
  }
  if (state === 'completed') services.hurry(row.id);
  if (goesOn) await commit(services, row);
  if (state === 'failed') await fail(services, row, seed);
  return row;
}

function entityOf({ product_id, id }: Submission): string {
  return `products/${product_id}/submissions/${id}`;
}

/** A package that any account can submit: its certificate is registered to the account and stays so. */
async function makePackage({ database, clock }: SeedServices, { account }: Owner): Promise<Uint8Array> {
  const { bytes, key } = await makeSeedDriver(clock);
  const registration = { accountId: account.id, certificate: key.certificate, registeredBy: OPERATOR.actor };
  await registerSubmissionCertificate(database, registration, clock);
  return bytes;
}

async function commitRow(
  transaction: Transaction<Schema>,
  row: Submission,
  firstStep: string,
  clock: Clock,
): Promise<void> {
  const key = { accountId: row.account_id, productId: row.product_id, submissionId: row.id, firstStep };
  await commitSubmission(transaction, key, clock);
}

async function commit({ database, clock, onWorkQueued }: SeedServices, row: Submission): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await commitRow(transaction, row, FIRST_STEP, clock);
    await queueWorkflow(transaction, { kind: 'ingestion', subjectId: row.id, firstStep: FIRST_STEP }, clock);
    const change = { accountId: row.account_id, action: 'submission.commit', entity: entityOf(row) };
    await appendAudit(transaction, OPERATOR, change, clock);
  });
  onWorkQueued();
}

/** What the workflow leaves of a submission that failed, its report included. */
async function fail({ blobs, clock }: SeedServices, row: Submission, seed: SeedSubmission): Promise<void> {
  const { step = FIRST_STEP } = seed;
  const messages = seed.messages ?? [failureMessage(step)];
  const report = writeErrorReport({ submissionId: row.id, step, messages, findings: [] });
  const blob = `seeded-report-${row.id}`;
  const chunks = (async function* () {
    yield report;
  })();
  await blobs.put(UPLOAD_CONTAINER, blob, chunks, {
    contentType: 'application/json',
    apply: async (transaction) => {
      await commitRow(transaction, row, step, clock);
      const commitStatus = step === FIRST_STEP ? 'commitFailed' : 'commitComplete';
      await updateProgress(
        transaction,
        row.id,
        { commit_status: commitStatus, step_state: 'failed', messages },
        clock(),
      );
      const download = { container: UPLOAD_CONTAINER, blob, fileName: `ErrorReport_${row.id}.json` };
      await addDownloads(transaction, row.id, [{ type: ERROR_REPORT, ...download }]);
      await auditIngestion(transaction, row.id, 'submission.fail', { step, messages, seeded: true }, clock);
    },
  });
}

/** Waits for the end of the workflow. Throws SeedError when it fails, or does not end. */
async function untilCompleted({ database }: SeedServices, { id, name }: Submission): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  for (;;) {
    const row = await database.selectFrom('submissions').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw new SeedError(`The submission "${name}" was removed while it was seeded.`);
    if (row.step_state === 'completed') return;
    const at = `at ${row.current_step}: ${readMessages(row).join(' ')}`;
    if (row.step_state === 'failed')
      throw new SeedError(`The submission "${name}" cannot be completed, it failed ${at}`);
    if (performance.now() > deadline)
      throw new SeedError(`The submission "${name}" does not get completed; it is ${at}`);
    await sleep(POLL_MS);
  }
}
