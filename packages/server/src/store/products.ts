// Products, always seen through the account that owns them: the id of another account's product finds nothing.
import { type NewProduct, parseJson, stringifyJson } from '@assay/hardware-api';
import type { Transaction } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import { newProductId, newSubmissionId } from './ids.ts';
import type { Product, Schema } from './schema.ts';

/** Properties that a product always has, whether its maker gave them or not: real clients walk them unchecked. */
type AlwaysPresent =
  | 'deviceType'
  | 'deviceMetadataIds'
  | 'isTestSign'
  | 'isFlightSign'
  | 'marketingNames'
  | 'selectedProductTypes'
  | 'requestedSignatures'
  | 'additionalAttributes';

/** What the maker of a product says about it besides its name and test harness, in the API's own names. Kept as JSON. */
export type ProductProperties = Omit<NewProduct, 'productName' | 'testHarness' | AlwaysPresent> &
  Required<Pick<NewProduct, AlwaysPresent>>;

/** A page of rows in the order of their ids, and whether there are more after it. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly more: boolean;
}

/** Which rows a page holds: at most `limit` whose id is greater than `after`. */
export interface PageRequest {
  readonly after: bigint;
  readonly limit: number;
}

/** Cuts the row that was fetched only to learn whether there is a next page. */
export function toPage<Row>(rows: readonly Row[], limit: number): Page<Row> {
  return { rows: rows.slice(0, limit), more: rows.length > limit };
}

/** Times that an insert is tried with a fresh id before the collision is reported. */
const ID_ATTEMPTS = 5;

/** Stores a new product of an account and returns its row. */
export async function insertProduct(
  database: Database,
  product: {
    readonly accountId: bigint;
    readonly productName: string;
    readonly testHarness: string;
    readonly properties: ProductProperties;
    /** Who made it: a client id. */
    readonly createdBy: string;
  },
  clock: Clock,
): Promise<Product> {
  const now = clock().toISOString();
  for (let attempt = 0; attempt < ID_ATTEMPTS; attempt += 1) {
    const row: Product = {
      id: newProductId(clock),
      account_id: product.accountId,
      shared_product_id: newSubmissionId(clock),
      product_name: product.productName,
      test_harness: product.testHarness,
      properties: stringifyJson(product.properties),
      is_committed: 0n,
      is_extension_inf: 0n,
      created_by: product.createdBy,
      created_at: now,
      updated_by: product.createdBy,
      updated_at: now,
      origin_type: 'author',
      source_product_id: null,
      source_publisher_id: null,
      deprecated: 0n,
    };
    const { numInsertedOrUpdatedRows } = await database
      .insertInto('products')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 1n) return row;
  }
  throw new Error(`No free product id was found in ${ID_ATTEMPTS} attempts.`);
}

/** The product with this id, when the account owns it. */
export function findProduct(database: Database, accountId: bigint, id: bigint): Promise<Product | undefined> {
  return database
    .selectFrom('products')
    .selectAll()
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
}

/**
 * The account's product with this id, which nobody else changes until the transaction ends. Undefined when it has none such.
 */
export function lockProduct(
  transaction: Transaction<Schema>,
  accountId: bigint,
  id: bigint,
): Promise<Product | undefined> {
  // An update that changes nothing takes the row's lock on PostgreSQL and on SQLite alike.
  return transaction
    .updateTable('products')
    .set((row) => ({ updated_at: row.ref('updated_at') }))
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .returningAll()
    .executeTakeFirst();
}

/** Changes a product that the transaction has locked. */
export async function updateProduct(
  transaction: Transaction<Schema>,
  product: Pick<Product, 'id' | 'account_id'>,
  change: {
    readonly productName: string;
    readonly properties: ProductProperties;
    /** Who changes it: a client id. */
    readonly updatedBy: string;
  },
  clock: Clock,
): Promise<void> {
  await transaction
    .updateTable('products')
    .set({
      product_name: change.productName,
      properties: stringifyJson(change.properties),
      updated_by: change.updatedBy,
      updated_at: clock().toISOString(),
    })
    .where('id', '=', product.id)
    .where('account_id', '=', product.account_id)
    .execute();
}

/** One page of an account's products, oldest first. */
export async function listProducts(database: Database, accountId: bigint, page: PageRequest): Promise<Page<Product>> {
  const rows = await database
    .selectFrom('products')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '>', page.after)
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
  return toPage(rows, page.limit);
}

/** The properties that were stored with a product. */
export function readProductProperties(product: Pick<Product, 'properties'>): ProductProperties {
  return parseJson(product.properties) as ProductProperties;
}
