// Front door of administration: what an operator does on the machine itself, straight on the database, whether the service
// is running or not. A running service notices with its next request.
import { access, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import { openDatabase } from '../store/database.ts';
import {
  type AccountAdministration,
  type ApplicationAdministration,
  administerAccounts,
  administerApplications,
} from './administered-accounts.ts';
import { administerCertificates, type CertificateAdministration } from './administered-certificates.ts';
import {
  type ApplicationCertificateAdministration,
  administerApplicationCertificates,
  administerSecrets,
  type SecretAdministration,
} from './administered-credentials.ts';
import { administerLogs, type LogAdministration } from './administered-logs.ts';
import { AdministrationError } from './administration-error.ts';

export type { AccountView, ApplicationView } from './administered-accounts.ts';
export type { RegisteredCertificate, SubmissionCertificateView } from './administered-certificates.ts';
export type { ApplicationCertificateView, SecretView } from './administered-credentials.ts';
export type { AuditRecord, LogResult } from './administered-logs.ts';
export { AdministrationError, type AdministrationErrorKind } from './administration-error.ts';

/** Everything that can be administered. */
export interface Administration {
  readonly accounts: AccountAdministration;
  readonly applications: ApplicationAdministration;
  readonly secrets: SecretAdministration;
  readonly applicationCertificates: ApplicationCertificateAdministration;
  readonly certificates: CertificateAdministration;
  readonly logs: LogAdministration;
  close(): Promise<void>;
}

export interface AdministrationOptions {
  readonly dataDirectory: string;
  /** Connection string of a PostgreSQL, instead of the SQLite file in the data folder. */
  readonly databaseUrl?: string;
  /** Whether to make a data folder and a database that are not there. False by default. */
  readonly create?: boolean;
  readonly clock?: Clock;
}

/** Opens an installation. Throws AdministrationError `noInstallation` when there is none and none is to be made. */
export async function openAdministration(options: AdministrationOptions): Promise<Administration> {
  const clock = options.clock ?? systemClock;
  const dataDirectory = resolve(options.dataDirectory);
  const file = join(dataDirectory, 'assay.db');
  if (options.databaseUrl === undefined) {
    if (options.create === true) await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
    else {
      await access(file).catch(() => {
        throw new AdministrationError(
          'noInstallation',
          `${dataDirectory} holds no installation.`,
          'Name the data folder of the service with --data, or its database with --database-url.',
        );
      });
    }
  }
  const database = await openDatabase(options.databaseUrl === undefined ? { file } : { url: options.databaseUrl });
  const applications = administerApplications(database, clock);
  return {
    accounts: administerAccounts(database, clock),
    applications,
    secrets: administerSecrets(database, applications, clock),
    applicationCertificates: administerApplicationCertificates(database, applications, clock),
    certificates: administerCertificates(database, clock),
    logs: administerLogs(database),
    close: () => database.destroy(),
  };
}
