// Changing a product: its announcement date, marketing names and name, as long as the state of its submissions allows it
// ("Error codes" on Microsoft's page "Get product data").
import { MESSAGES } from '@assay/hardware-api';
import { bindRequest, ProductChanges } from '@assay/hardware-api/schemas';
import type { FastifyInstance } from 'fastify';
import type { Transaction } from 'kysely';
import { appendAudit } from '../store/audit.ts';
import { parseId } from '../store/ids.ts';
import { lockProduct, type ProductProperties, readProductProperties, updateProduct } from '../store/products.ts';
import type { Product, Schema } from '../store/schema.ts';
import { findInitialSubmission, hasFailed, hasRunningSubmission } from '../store/submissions.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiPrefix } from './api-prefixes.ts';
import { actorOf, principalOf } from './authentication.ts';
import { ApiError, invalidInput } from './errors.ts';
import { NoContent } from './route-documentation.ts';
import type { ProductPath } from './submission-answers.ts';

/** The changes that differ from what the product says already: a request that is sent twice asks for nothing new. */
function effectiveChanges(product: Product, properties: ProductProperties, changes: ProductChanges): ProductChanges {
  const { productName, announcementDate, marketingNames } = changes;
  return {
    ...(productName !== undefined && productName !== product.product_name && { productName }),
    ...(announcementDate !== undefined && announcementDate !== properties.announcementDate && { announcementDate }),
    ...(marketingNames !== undefined &&
      JSON.stringify(marketingNames) !== JSON.stringify(properties.marketingNames) && { marketingNames }),
  };
}

/** Throws ApiError UpdateUnauthorized when the product must stay as it is, whatever is asked for. */
async function requireUpdatable(transaction: Transaction<Schema>, product: Product) {
  if (product.origin_type === 'publisher') throw new ApiError('UpdateUnauthorized', MESSAGES.productNotUpdatable);
  const key = { accountId: product.account_id, productId: product.id };
  const initial = await findInitialSubmission(transaction, key);
  if (initial === undefined) throw new ApiError('UpdateUnauthorized', MESSAGES.productNeedsInitialSubmission);
  if (hasFailed(initial)) throw new ApiError('UpdateUnauthorized', MESSAGES.productWorkflowFailed);
  return initial;
}

/** Adds the route below one prefix. The scope must be guarded by `requireToken`. */
export function addProductUpdateRoute(scope: FastifyInstance, context: ApiContext, prefix: ApiPrefix): void {
  const { database, clock } = context;

  scope.route<{ Params: ProductPath }>({
    // The version 1.0 reference lists the update under PUT.
    method: prefix.version === 'v1.0' ? ['PATCH', 'PUT'] : 'PATCH',
    url: '/products/:productId',
    schema: {
      operationId: 'updateProduct',
      summary: 'Change a product',
      description:
        'What is left out or null stays as it is. Needs an initial submission whose workflow has not failed; the announcement date is fixed once that is completed, the name cannot change while a workflow runs. A product that was shared with the account cannot be changed.',
      tags: ['Products'],
      response: { 204: NoContent },
    },
    config: { requestBody: ProductChanges },
    handler: async (request, reply) => {
      const { accountId, clientId } = principalOf(request);
      const id = parseId(request.params.productId);
      await database.transaction().execute(async (transaction) => {
        // Under the lock no other update comes between reading and writing, and no commit gets past it.
        const product = id === undefined ? undefined : await lockProduct(transaction, accountId, id);
        if (product === undefined) throw new ApiError('EntityNotFound', MESSAGES.productNotFound);
        const bound = bindRequest(ProductChanges, request.body ?? {});
        if (bound.value === undefined) throw invalidInput(bound.errors);
        const initial = await requireUpdatable(transaction, product);
        const properties = readProductProperties(product);
        const changes = effectiveChanges(product, properties, bound.value);
        if (Object.keys(changes).length === 0) return;
        if (changes.announcementDate !== undefined && initial.step_state === 'completed') {
          throw new ApiError('UpdateUnauthorized', MESSAGES.announcementDateFixed);
        }
        const key = { accountId, productId: product.id };
        if (changes.productName !== undefined && (await hasRunningSubmission(transaction, key))) {
          throw new ApiError('UpdateUnauthorized', MESSAGES.productNameBusy);
        }
        const { productName = product.product_name, ...changedProperties } = changes;
        const change = { productName, properties: { ...properties, ...changedProperties }, updatedBy: clientId };
        await updateProduct(transaction, product, change, clock);
        const entity = `products/${product.id}`;
        await appendAudit(
          transaction,
          actorOf(request),
          { accountId, action: 'product.update', entity, details: changes },
          clock,
        );
      });
      return reply.code(204).send();
    },
  });
}
