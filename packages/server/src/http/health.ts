// `GET /healthz`: 200 while requests can be served, 503 when the database does not answer.
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Database } from '../store/database.ts';

const Health = Type.Object({ status: Type.String() });

export function addHealthRoute(app: FastifyInstance, database: Database): void {
  const schema = {
    operationId: 'getHealth',
    summary: 'Whether requests can be served',
    tags: ['Service'],
    response: { 200: Health, 503: Health },
  };
  app.get('/healthz', { schema }, async (request, reply) => {
    reply.header('Cache-Control', 'no-store');
    try {
      await database.selectFrom('accounts').select('id').limit(1).execute();
      return { status: 'ok' };
    } catch (error) {
      request.log.error({ err: error }, 'The database does not answer');
      return reply.code(503).send({ status: 'unavailable' });
    }
  });
}
