// Administers what applications prove themselves with: client secrets, and the certificates of client assertions.
import type { Certificate } from '@assay/authenticode';
import type { Clock } from '../clock.ts';
import {
  addApplicationCertificate,
  listApplicationCertificates,
  removeApplicationCertificate,
} from '../store/application-certificates.ts';
import { appendAudit, OPERATOR } from '../store/audit.ts';
import {
  addClientSecret,
  listClientSecrets,
  type NewSecret,
  removeClientSecret,
  SECRET_LIFETIME_MS,
  TooManySecrets,
} from '../store/client-secrets.ts';
import type { Database } from '../store/database.ts';
import type { ApplicationCertificate } from '../store/schema.ts';
import type { ApplicationAdministration } from './administered-accounts.ts';
import { AdministrationError } from './administration-error.ts';

export interface SecretView {
  readonly id: string;
  /** The first characters. */
  readonly hint: string | undefined;
  readonly description: string | undefined;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly expired: boolean;
  /** The day (UTC) of the last token that was issued for it. */
  readonly lastUsedOn: string | undefined;
}

export interface ApplicationCertificateView {
  /** SHA-256, lower-case hex. */
  readonly thumbprint: string;
  readonly sha1Thumbprint: string;
  readonly subject: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly expired: boolean;
}

export interface SecretAdministration {
  /** The only time that the secret can be read. Throws AdministrationError when two work already. */
  add(clientId: string, secret?: { readonly expiresAt?: Date; readonly description?: string }): Promise<NewSecret>;
  list(clientId: string): Promise<readonly SecretView[]>;
  /** Throws AdministrationError when the application has no such secret. */
  remove(clientId: string, secretId: string): Promise<void>;
}

export interface ApplicationCertificateAdministration {
  /** Throws AdministrationError for a certificate that cannot sign assertions. */
  add(clientId: string, certificate: Certificate): Promise<ApplicationCertificateView>;
  list(clientId: string): Promise<readonly ApplicationCertificateView[]>;
  /** `thumbprint` is the SHA-256. Throws AdministrationError when the application has no such certificate. */
  remove(clientId: string, thumbprint: string): Promise<void>;
}

/** What Entra ID and RFC 7518 §3.3 ask for. */
const LEAST_RSA_BITS = 2048;

type Applications = Pick<ApplicationAdministration, 'require'>;

export function administerSecrets(database: Database, applications: Applications, clock: Clock): SecretAdministration {
  return {
    async add(given, { expiresAt, description } = {}) {
      const { clientId, sellerId } = await applications.require(given);
      const latest = clock().getTime() + SECRET_LIFETIME_MS;
      if (expiresAt !== undefined && (expiresAt <= clock() || expiresAt.getTime() > latest)) {
        throw new AdministrationError('invalidInput', 'A secret must expire in the future, and within two years.');
      }
      try {
        return await database.transaction().execute(async (transaction) => {
          const made = await addClientSecret(
            transaction,
            {
              clientId,
              ...(expiresAt !== undefined && { expiresAt }),
              ...(description !== undefined && { description }),
            },
            clock,
          );
          const details = { id: made.id, hint: made.hint, expiresAt: made.expiresAt.toISOString() };
          const entity = `applications/${clientId}`;
          const change = { accountId: BigInt(sellerId), action: 'application.secret.add', entity, details };
          await appendAudit(transaction, OPERATOR, change, clock);
          return made;
        });
      } catch (error) {
        if (!(error instanceof TooManySecrets)) throw error;
        throw new AdministrationError(
          'invalidState',
          error.message,
          `See them with: assay application secret list ${clientId}`,
        );
      }
    },

    async list(given) {
      const { clientId } = await applications.require(given);
      const now = clock().toISOString();
      return (await listClientSecrets(database, clientId)).map((secret) => ({
        id: secret.id,
        hint: secret.hint ?? undefined,
        description: secret.description ?? undefined,
        createdAt: secret.created_at,
        expiresAt: secret.expires_at,
        expired: secret.expires_at <= now,
        lastUsedOn: secret.last_used_on ?? undefined,
      }));
    },

    async remove(given, secretId) {
      const { clientId, sellerId } = await applications.require(given);
      await database.transaction().execute(async (transaction) => {
        if (!(await removeClientSecret(transaction, clientId, secretId))) {
          throw new AdministrationError(
            'notFound',
            `The application ${clientId} has no secret with the id ${secretId}.`,
          );
        }
        const entity = `applications/${clientId}`;
        const details = { id: secretId };
        const change = { accountId: BigInt(sellerId), action: 'application.secret.remove', entity, details };
        await appendAudit(transaction, OPERATOR, change, clock);
      });
    },
  };
}

export function administerApplicationCertificates(
  database: Database,
  applications: Applications,
  clock: Clock,
): ApplicationCertificateAdministration {
  const viewOf = (row: ApplicationCertificate): ApplicationCertificateView => ({
    thumbprint: row.thumbprint,
    sha1Thumbprint: row.sha1_thumbprint,
    subject: row.subject,
    notBefore: row.not_before,
    notAfter: row.not_after,
    expired: row.not_after < clock().toISOString(),
  });

  return {
    async add(given, certificate) {
      const { clientId, sellerId } = await applications.require(given);
      const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
      if (asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_RSA_BITS) {
        throw new AdministrationError(
          'invalidInput',
          `Client assertions are signed with RSA (RS256 or PS256); the certificate's key must be RSA of at least ${LEAST_RSA_BITS} bits.`,
        );
      }
      if (certificate.notAfter < clock()) {
        throw new AdministrationError(
          'invalidInput',
          `The certificate expired on ${certificate.notAfter.toISOString()}.`,
        );
      }
      return database.transaction().execute(async (transaction) => {
        const row = await addApplicationCertificate(transaction, clientId, certificate, clock);
        const entity = `applications/${clientId}`;
        const details = { thumbprint: row.thumbprint, subject: row.subject, notAfter: row.not_after };
        const change = { accountId: BigInt(sellerId), action: 'application.certificate.add', entity, details };
        await appendAudit(transaction, OPERATOR, change, clock);
        return viewOf(row);
      });
    },

    async list(given) {
      const { clientId } = await applications.require(given);
      return (await listApplicationCertificates(database, clientId)).map(viewOf);
    },

    async remove(given, thumbprint) {
      const { clientId, sellerId } = await applications.require(given);
      await database.transaction().execute(async (transaction) => {
        if (!(await removeApplicationCertificate(transaction, clientId, thumbprint))) {
          throw new AdministrationError(
            'notFound',
            `The application ${clientId} has no certificate with the thumbprint ${thumbprint}.`,
          );
        }
        const entity = `applications/${clientId}`;
        const details = { thumbprint: thumbprint.toLowerCase() };
        const change = { accountId: BigInt(sellerId), action: 'application.certificate.remove', entity, details };
        await appendAudit(transaction, OPERATOR, change, clock);
      });
    },
  };
}
