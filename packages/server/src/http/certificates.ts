// The certificates with which an account signs its packages, registered as on the hardware dashboard: download a file, sign
// it, upload it. Our own resource beside the Hardware API.
import { DateTime } from '@assay/hardware-api/schemas';
import type { FastifyInstance } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { RegistrationRefused, SIGNABLE_FILE_NAME } from '../identity/index.ts';
import type { SubmissionCertificate } from '../store/schema.ts';
import { listSubmissionCertificates } from '../store/submission-certificates.ts';
import type { ApiContext } from './api-context.ts';
import { actorOf, principalOf } from './authentication.ts';
import { ApiError, invalidInput } from './errors.ts';
import { NoContent } from './route-documentation.ts';

/** Bytes of a signed file: the file has some thousand, a signature with its certificates some ten thousand. */
export const SIGNED_FILE_LIMIT = 1024 * 1024;

const THUMBPRINT = /^[0-9a-f]{64}$/i;

const Certificate = Type.Object({
  thumbprint: Type.String({ description: 'SHA-256 of the certificate in hexadecimal.' }),
  subject: Type.String(),
  issuer: Type.Optional(Type.String()),
  notBefore: Type.Optional(DateTime),
  notAfter: Type.Optional(DateTime),
  isExtendedValidation: Type.Optional(Type.Boolean()),
  registeredBy: Type.Optional(Type.String({ description: 'A client id, or `operator`.' })),
  registeredDateTime: DateTime,
});

const CertificateList = Type.Object({ value: Type.Array(Certificate) });

/** A file, as bytes. */
const Bytes: TSchema = Type.Unsafe<Uint8Array>({ type: 'string', contentMediaType: 'application/octet-stream' });

function toResource(row: SubmissionCertificate): object {
  return {
    thumbprint: row.thumbprint,
    subject: row.subject,
    issuer: row.issuer ?? undefined,
    notBefore: row.not_before ?? undefined,
    notAfter: row.not_after ?? undefined,
    isExtendedValidation: row.is_extended_validation === null ? undefined : row.is_extended_validation === 1n,
    registeredBy: row.registered_by ?? undefined,
    registeredDateTime: row.registered_at,
  };
}

/** Makes every route of this scope take its body as bytes, whatever type it announces. */
export function acceptFiles(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: SIGNED_FILE_LIMIT }, (_request, body, done) =>
    done(null, body),
  );
  scope.addHook('onRequest', async (request) => {
    // Fastify answers 415 to a type that is no media type at all; here any text will do.
    delete request.raw.headers['content-type'];
  });
}

/** Adds the routes. The scope must be guarded by `requireToken` and take files. */
export function addCertificateRoutes(scope: FastifyInstance, context: ApiContext): void {
  const { database, certificates } = context;
  const tags = ['Certificates'];

  const listing = {
    schema: {
      operationId: 'listCertificates',
      summary: 'List the certificates that may sign packages',
      tags,
      response: { 200: CertificateList },
    },
  };
  scope.get('/certificates', listing, async (request) => {
    const rows = await listSubmissionCertificates(database, principalOf(request).accountId);
    return { value: rows.map(toResource) };
  });

  const download = {
    schema: {
      operationId: 'downloadSignableFile',
      summary: 'Download a file to sign',
      description: 'Made for the account; it can be sent back once, within seven days.',
      tags,
      response: { 200: Bytes },
    },
    config: { responseMediaType: 'application/octet-stream' },
  };
  scope.get('/certificates/signable-file', download, async (request, reply) => {
    const file = await certificates.makeSignableFile(principalOf(request).accountId);
    return reply
      .type('application/octet-stream')
      .headers({ 'Content-Disposition': `attachment; filename="${SIGNABLE_FILE_NAME}"`, 'Cache-Control': 'no-store' })
      .send(Buffer.from(file));
  });

  const registration = {
    schema: {
      operationId: 'registerCertificate',
      summary: 'Register the certificate that signed the downloaded file',
      description: '200 instead of 201 when the certificate was registered already.',
      tags,
      response: { 200: Certificate, 201: Certificate },
    },
    config: { requestBody: Bytes, requestMediaType: 'application/octet-stream' },
  };
  scope.post('/certificates', registration, async (request, reply) => {
    const file = request.body;
    if (!(file instanceof Uint8Array) || file.length === 0) {
      throw invalidInput([{ target: 'file', message: 'The request body must be the signed file.' }]);
    }
    try {
      const { accountId } = principalOf(request);
      const { certificate, created } = await certificates.registerSignedFile(accountId, file, actorOf(request));
      return reply.code(created ? 201 : 200).send(toResource(certificate));
    } catch (error) {
      if (!(error instanceof RegistrationRefused)) throw error;
      const [first, ...others] = error.problems;
      const fault = (message: string) => ({ target: 'file', message });
      throw invalidInput([fault(first), ...others.map(fault)]);
    }
  });

  const removal = {
    schema: {
      operationId: 'removeCertificate',
      summary: 'End the registration of a certificate',
      description: 'Packages that are examined from now on and carry its signature are refused.',
      tags,
      params: Type.Object({ thumbprint: Type.String({ description: 'SHA-256 of the certificate in hexadecimal.' }) }),
      response: { 204: NoContent },
    },
  };
  scope.delete<{ Params: { thumbprint: string } }>('/certificates/:thumbprint', removal, async (request, reply) => {
    const { thumbprint } = request.params;
    const removed =
      THUMBPRINT.test(thumbprint) &&
      (await certificates.remove(principalOf(request).accountId, thumbprint, actorOf(request)));
    if (!removed) throw new ApiError('EntityNotFound', 'No certificate with this thumbprint is registered.');
    return reply.code(204).send();
  });
}
