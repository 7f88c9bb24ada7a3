// Products: create, read, list ("Create a new product", "Get a product", "Get all products").
import { MESSAGES } from '@assay/hardware-api';
import { bindRequest, checkNewProduct, NewProduct, Product, ProductList } from '@assay/hardware-api/schemas';
import type { FastifyInstance } from 'fastify';
import { appendAudit } from '../store/audit.ts';
import { parseId } from '../store/ids.ts';
import { findProduct, insertProduct, listProducts } from '../store/products.ts';
import type { Product as ProductRow } from '../store/schema.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiPrefix } from './api-prefixes.ts';
import { actorOf, principalOf, READER_ROLES } from './authentication.ts';
import { baseUrlOf } from './base-url.ts';
import { ApiError, invalidInput } from './errors.ts';
import { pageLinks, type Query, readPageRequest } from './paging.ts';
import { propertiesOf, toProductResource } from './product-resource.ts';
import { PageQuery } from './route-documentation.ts';

/** The product that a path names. Throws ApiError EntityNotFound when the account has none such. */
export async function requireProduct(context: ApiContext, accountId: bigint, idText: string): Promise<ProductRow> {
  const id = parseId(idText);
  const product = id === undefined ? undefined : await findProduct(context.database, accountId, id);
  if (product === undefined) throw new ApiError('EntityNotFound', MESSAGES.productNotFound);
  return product;
}

/** Adds the routes below one prefix. The scope must be guarded by `requireToken`. */
export function addProductRoutes(scope: FastifyInstance, context: ApiContext, prefix: ApiPrefix): void {
  const { database, clock, publicUrl, continuationTokens: tokens } = context;

  const creation = {
    schema: {
      operationId: 'createProduct',
      summary: 'Create a product',
      tags: ['Products'],
      response: { 201: Product },
    },
    config: { requestBody: NewProduct },
  };
  scope.post('/products', creation, async (request, reply) => {
    const { clientId, accountId } = principalOf(request);
    const bound = bindRequest(NewProduct, request.body ?? {}, context.codes);
    if (bound.value === undefined) throw invalidInput(bound.errors);
    const [fault, ...faults] = checkNewProduct(bound.value);
    if (fault !== undefined) throw invalidInput([fault, ...faults]);
    const { productName, testHarness } = bound.value;
    const fields = { accountId, productName, testHarness, properties: propertiesOf(bound.value), createdBy: clientId };
    const product = await database.transaction().execute(async (transaction) => {
      const row = await insertProduct(transaction, fields, clock);
      const details = { productName, testHarness };
      const change = { accountId, action: 'product.create', entity: `products/${row.id}`, details };
      await appendAudit(transaction, actorOf(request), change, clock);
      return row;
    });
    return reply.code(201).send(toProductResource(product, baseUrlOf(request, publicUrl) + prefix.path));
  });

  const listing = {
    schema: {
      operationId: 'listProducts',
      summary: 'List the products of the account',
      tags: ['Products'],
      querystring: PageQuery,
      response: { 200: ProductList },
    },
    config: { roles: READER_ROLES },
  };
  scope.get<{ Querystring: Query }>('/products', listing, async (request) => {
    const { accountId } = principalOf(request);
    const list = `products/${accountId}`;
    const asked = readPageRequest(request.query, tokens, list);
    const page = await listProducts(database, accountId, asked);
    const apiUrl = baseUrlOf(request, publicUrl) + prefix.path;
    return {
      value: page.rows.map((product) => toProductResource(product, apiUrl)),
      links: pageLinks(page, asked, { href: `${apiUrl}/products`, list, tokens }),
    };
  });

  scope.get<{ Params: { productId: string } }>(
    '/products/:productId',
    {
      schema: {
        operationId: 'getProduct',
        summary: 'Read a product',
        tags: ['Products'],
        response: { 200: Product },
      },
      config: { roles: READER_ROLES },
    },
    async (request) => {
      const product = await requireProduct(context, principalOf(request).accountId, request.params.productId);
      return toProductResource(product, baseUrlOf(request, publicUrl) + prefix.path);
    },
  );
}
