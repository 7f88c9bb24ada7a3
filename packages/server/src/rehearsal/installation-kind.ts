// An installation is made either for rehearsals or for packages that matter, and stays that: a reset removes everything that was
// submitted, and unsigned packages are signed with the installation's own CA. The first entry of the audit log says which it is.
import type { Clock } from '../clock.ts';
import { appendAudit, SERVICE } from '../store/audit.ts';
import type { Database } from '../store/database.ts';

const BEGINNING = 'rehearsal.begin';

/** The installation is of the other kind. */
export class InstallationKindError extends Error {
  override readonly name = 'InstallationKindError';
}

/** Marks a new installation as one for rehearsals, or compares with what it was made for. Throws InstallationKindError. */
export async function requireInstallationKind(
  database: Database,
  { rehearsal, clock }: { readonly rehearsal: boolean; readonly clock: Clock },
): Promise<void> {
  const first = await database
    .selectFrom('audit_entries')
    .select('action')
    .orderBy('sequence')
    .limit(1)
    .executeTakeFirst();
  const isForRehearsals = first?.action === BEGINNING;
  if (isForRehearsals === rehearsal) return;
  if (isForRehearsals) {
    throw new InstallationKindError(
      'This installation was made for rehearsals: faults, unsigned packages and resets are part of it. Serve another one.',
    );
  }
  const account = await database.selectFrom('accounts').select('id').limit(1).executeTakeFirst();
  if (account !== undefined || first !== undefined) {
    throw new InstallationKindError(
      'This installation was not made for rehearsals, and a reset would remove what was submitted to it. Rehearse with another one.',
    );
  }
  await database.transaction().execute(async (transaction) => {
    await appendAudit(transaction, SERVICE, { accountId: null, action: BEGINNING, entity: 'installation' }, clock);
  });
}
