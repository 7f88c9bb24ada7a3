// The audiences of an account ("Get audience data"), and our own small resource by which a Manager keeps them.
import { Audience, AudienceList, bindRequest } from '@assay/hardware-api/schemas';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { addAudience, listAudiences, removeAudience } from '../store/audiences.ts';
import { appendAudit } from '../store/audit.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiPrefix } from './api-prefixes.ts';
import { actorOf, principalOf } from './authentication.ts';
import { baseUrlOf } from './base-url.ts';
import { ApiError, invalidInput } from './errors.ts';
import { NoContent } from './route-documentation.ts';
import { LABEL_ROLES } from './shipping-label-access.ts';

/** Microsoft's page gives both paths for the same list. */
const PATHS = { listAudiences: '/audiences', listAudience: '/audience' } as const;

const tags = ['Audiences'];

/** Adds the routes below one prefix. The scope must be guarded by `requireToken`. */
export function addAudienceRoutes(scope: FastifyInstance, context: ApiContext, prefix: ApiPrefix): void {
  const list = async (request: FastifyRequest) => ({
    value: await listAudiences(context.database, principalOf(request).accountId),
    links: [
      {
        href: `${baseUrlOf(request, context.publicUrl)}${prefix.path}${PATHS.listAudiences}`,
        rel: 'self' as const,
        method: 'GET' as const,
      },
    ],
  });
  for (const [operationId, path] of Object.entries(PATHS)) {
    const listing = {
      schema: { operationId, summary: 'List the audiences of the account', tags, response: { 200: AudienceList } },
      config: { roles: LABEL_ROLES },
    };
    scope.get(path, listing, list);
  }
}

const NewAudience = Type.Object({
  id: Type.Optional(Audience.properties.id),
  name: Type.String({ minLength: 1 }),
  description: Type.Optional(Type.String()),
  audienceName: Type.String({ minLength: 1 }),
});

/** Adds the routes by which an account keeps its audiences. The scope must be guarded by `requireToken`. */
export function addAudienceAdministration(scope: FastifyInstance, context: ApiContext): void {
  const { database, clock } = context;

  const creation = {
    schema: {
      operationId: 'createAudience',
      summary: 'Add an audience to the account',
      tags,
      response: { 201: Audience },
    },
    config: { requestBody: NewAudience },
  };
  scope.post('/audiences', creation, async (request, reply) => {
    const { accountId } = principalOf(request);
    const bound = bindRequest(NewAudience, request.body ?? {});
    if (bound.value === undefined) throw invalidInput(bound.errors);
    const wish = { ...bound.value, description: bound.value.description ?? '' };
    const audience = await database.transaction().execute(async (transaction) => {
      const added = await addAudience(transaction, accountId, wish, clock);
      if (added !== undefined) {
        const { id, ...details } = added;
        const change = { accountId, action: 'audience.create', entity: `audiences/${id}`, details };
        await appendAudit(transaction, actorOf(request), change, clock);
      }
      return added;
    });
    if (audience === undefined) {
      throw new ApiError(
        'RequestInvalidForCurrentState',
        'The account has this audience, or too many of them, already.',
      );
    }
    return reply.code(201).send(audience);
  });

  const removal = {
    schema: {
      operationId: 'removeAudience',
      summary: 'Remove an audience that the account added',
      tags,
      params: Type.Object({ audienceId: Audience.properties.id }),
      response: { 204: NoContent },
    },
  };
  scope.delete<{ Params: { audienceId: string } }>('/audiences/:audienceId', removal, async (request, reply) => {
    const { accountId } = principalOf(request);
    const id = request.params.audienceId.toLowerCase();
    const removed = await database.transaction().execute(async (transaction) => {
      if (!(await removeAudience(transaction, accountId, id))) return false;
      const change = { accountId, action: 'audience.remove', entity: `audiences/${id}` };
      await appendAudit(transaction, actorOf(request), change, clock);
      return true;
    });
    if (!removed) throw new ApiError('EntityNotFound', 'The account has added no such audience.');
    return reply.code(204).send();
  });
}
