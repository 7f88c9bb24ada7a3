// Preprod packages: what callers see of them, always through the account that owns them, and what their workflow changes.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import { appendAudit, SERVICE } from './audit.ts';
import type { Database } from './database.ts';
import { newPreprodSubjectId } from './ids.ts';
import type { Account, PreprodAsset, PreprodPackage, Schema } from './schema.ts';

/** The container of the packages, named by package id, and of the signed zips, named by asset id. */
export const PREPROD_CONTAINER = 'preprod';

/** The name under which a package stands in the audit log. */
export function preprodEntity(packageId: string): string {
  return `preprod/packages/${packageId}`;
}

/** A new package id. */
export function newPackageId(): string {
  return randomUUID();
}

/** A new entity tag, quotes included. */
function newEtag(): string {
  return `"0x${randomBytes(8).toString('hex').toUpperCase()}"`;
}

/** Stores a package whose bytes are there. */
export async function insertPreprodPackage(
  transaction: Transaction<Schema>,
  added: {
    readonly packageId: string;
    readonly accountId: bigint;
    /** Name of the content that holds the bytes. */
    readonly content: string;
    /** Who sent it: a client id. */
    readonly createdBy: string;
  },
  clock: Clock,
): Promise<PreprodPackage> {
  const now = clock().toISOString();
  const row: PreprodPackage = {
    id: newPreprodSubjectId(clock),
    package_id: added.packageId,
    account_id: added.accountId,
    signing_status: 'NotStarted',
    current_step: null,
    messages: '[]',
    package_content: added.content,
    etag: newEtag(),
    created_by: added.createdBy,
    created_at: now,
    updated_at: now,
  };
  await transaction.insertInto('preprod_packages').values(row).execute();
  return row;
}

/** The package with this id, when the account owns it. */
export function findPreprodPackage(
  database: Database,
  accountId: bigint,
  packageId: string,
): Promise<PreprodPackage | undefined> {
  return database
    .selectFrom('preprod_packages')
    .selectAll()
    .where('package_id', '=', packageId)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
}

/** What can be downloaded of a package, oldest first. */
export function listPreprodAssets(database: Database, subjectId: bigint): Promise<PreprodAsset[]> {
  return database
    .selectFrom('preprod_assets')
    .selectAll()
    .where('subject_id', '=', subjectId)
    .orderBy('created_at')
    .orderBy('asset_id')
    .execute();
}

/** The asset with this id, when it belongs to this package and the account owns that. */
export function findPreprodAsset(
  database: Database,
  accountId: bigint,
  packageId: string,
  assetId: string,
): Promise<PreprodAsset | undefined> {
  return database
    .selectFrom('preprod_assets')
    .innerJoin('preprod_packages', 'preprod_packages.id', 'preprod_assets.subject_id')
    .selectAll('preprod_assets')
    .where('preprod_assets.asset_id', '=', assetId)
    .where('preprod_packages.package_id', '=', packageId)
    .where('preprod_packages.account_id', '=', accountId)
    .executeTakeFirst();
}

/** What the pipeline said of a package. */
export function readPreprodMessages(preprodPackage: Pick<PreprodPackage, 'messages'>): readonly string[] {
  return JSON.parse(preprodPackage.messages) as string[];
}

/** The package with its account, for the workflow: not limited to one account. Throws when the id is unknown. */
export async function loadPreprodSubject(
  database: Database,
  subjectId: bigint,
): Promise<{ readonly preprodPackage: PreprodPackage; readonly account: Account }> {
  const preprodPackage = await database
    .selectFrom('preprod_packages')
    .selectAll()
    .where('id', '=', subjectId)
    .executeTakeFirstOrThrow();
  const account = await database
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', preprodPackage.account_id)
    .executeTakeFirstOrThrow();
  return { preprodPackage, account };
}

/** Notes the step that a package is at; nothing that its submitter sees. */
export async function updatePreprodStep(
  transaction: Transaction<Schema>,
  subjectId: bigint,
  step: string,
): Promise<void> {
  await transaction.updateTable('preprod_packages').set({ current_step: step }).where('id', '=', subjectId).execute();
}

/** Shows that work on a package began. Does nothing when it did before. */
export async function startPreprodPackage(
  database: Database,
  subjectId: bigint,
  step: string,
  clock: Clock,
): Promise<void> {
  await database
    .updateTable('preprod_packages')
    .set({ signing_status: 'Processing', current_step: step, etag: newEtag(), updated_at: clock().toISOString() })
    .where('id', '=', subjectId)
    .where('signing_status', '=', 'NotStarted')
    .execute();
}

/** Ends a package, with messages when it failed, and says so in the audit log. */
export async function endPreprodPackage(
  transaction: Transaction<Schema>,
  subjectId: bigint,
  end:
    | { readonly signingStatus: 'Succeeded'; readonly step: string }
    | { readonly signingStatus: 'Failed'; readonly step: string; readonly messages: readonly string[] },
  clock: Clock,
): Promise<void> {
  const failed = end.signingStatus === 'Failed';
  const { account_id, package_id } = await transaction
    .updateTable('preprod_packages')
    .set({
      signing_status: end.signingStatus,
      current_step: end.step,
      messages: JSON.stringify(failed ? end.messages : []),
      etag: newEtag(),
      updated_at: clock().toISOString(),
    })
    .where('id', '=', subjectId)
    .returning(['account_id', 'package_id'])
    .executeTakeFirstOrThrow();
  await appendAudit(
    transaction,
    SERVICE,
    {
      accountId: account_id,
      action: failed ? 'preprod.fail' : 'preprod.complete',
      entity: preprodEntity(package_id),
      details: failed ? { step: end.step, messages: end.messages } : {},
    },
    clock,
  );
}

/** Offers a file of a package for download. */
export async function addPreprodAsset(
  transaction: Transaction<Schema>,
  asset: {
    readonly assetId: string;
    readonly subjectId: bigint;
    /** SHA-256 of the content, lower-case hex. */
    readonly contentHash: string;
  },
  clock: Clock,
): Promise<void> {
  await transaction
    .insertInto('preprod_assets')
    .values({
      asset_id: asset.assetId,
      subject_id: asset.subjectId,
      asset_type: 'SignedFilesZip',
      content_hash: asset.contentHash,
      created_at: clock().toISOString(),
    })
    .execute();
}
