// The built-in time-stamping authority over HTTP (RFC 3161 §3.4). Open to everybody, like other authorities: who signs
// elsewhere with a certificate of this service may want its stamps too.
import type { FastifyInstance } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { ApiError } from './errors.ts';
import { FailureBody } from './route-documentation.ts';

/** Answers the DER of a TimeStampReq with the DER of a TimeStampResp. */
export interface TimestampResponder {
  respond(request: Uint8Array): Promise<Uint8Array>;
}

/** Bytes. A request has some sixty, with a long policy and nonce some hundred. */
const REQUEST_LIMIT = 16 * 1024;
const QUERY_TYPE = 'application/timestamp-query';
const REPLY_TYPE = 'application/timestamp-reply';

const der = (contentMediaType: string, description: string): TSchema =>
  Type.Unsafe<Uint8Array>({ type: 'string', contentMediaType, description });

/** Adds the route to a scope of its own. Without a responder it answers 404. */
export function addTimestampRoute(scope: FastifyInstance, responder: TimestampResponder | undefined): void {
  scope.removeAllContentTypeParsers();
  // Whatever type is announced: there are clients that announce none.
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: REQUEST_LIMIT }, (_request, body, done) =>
    done(null, body),
  );
  scope.addHook('onRequest', async (request) => {
    delete request.raw.headers['content-type'];
  });

  const route = {
    schema: {
      operationId: 'createTimestamp',
      summary: 'Get a time stamp (RFC 3161)',
      description:
        'Takes a TimeStampReq and answers with a TimeStampResp, which holds a token or says why not. The certificate of the authority is issued by the CA of this service.',
      tags: ['Service'],
      response: {
        200: der(REPLY_TYPE, 'DER of a TimeStampResp.'),
        404: FailureBody,
        413: FailureBody,
      },
    },
    config: {
      requestBody: der(QUERY_TYPE, 'DER of a TimeStampReq of at most 16 KiB.'),
      requestMediaType: QUERY_TYPE,
      responseMediaType: REPLY_TYPE,
    },
  };
  scope.post('/timestamp', route, async (request, reply) => {
    if (responder === undefined) throw new ApiError('EntityNotFound', 'This server makes no time stamps.');
    const query = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
    const answer = await responder.respond(query);
    return reply.type(REPLY_TYPE).header('Cache-Control', 'no-store').send(Buffer.from(answer));
  });
}
