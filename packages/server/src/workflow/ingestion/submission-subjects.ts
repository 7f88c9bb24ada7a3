// Committed submissions as packages to be worked on.
import type { Clock } from '../../clock.ts';
import { chooseProfile } from '../../signing/profiles.ts';
import type { Database } from '../../store/database.ts';
import { auditIngestion, loadIngestionSubject, updateProductExtension, updateProgress } from '../../store/ingestion.ts';
import type { PackageSubjects } from './package-subject.ts';

export function submissionSubjects(database: Database, clock: Clock): PackageSubjects {
  return {
    async load(submissionId) {
      const { submission, testHarness, properties, account } = await loadIngestionSubject(database, submissionId);
      return {
        account,
        content: submission.package_content,
        createdAt: new Date(submission.created_at),
        operatingSystems: properties.requestedSignatures,
        testHarness,
        profile: chooseProfile({ ...properties, testHarness }),
        entity: `submissions/${submissionId}`,
      };
    },
    async accepted(transaction, submissionId) {
      await updateProgress(transaction, submissionId, { commit_status: 'commitComplete' }, clock());
    },
    async tested(transaction, submissionId, { kit, kitVersion, tests }) {
      const details = { kit, kitVersion, ...(tests ?? { results: 'none' }) };
      await auditIngestion(transaction, submissionId, 'submission.readResults', details, clock);
    },
    async described(transaction, submissionId, { isExtensionInf, isUniversal, isDeclarativeInf }) {
      const kinds = {
        is_extension_inf: isExtensionInf ? 1n : 0n,
        is_universal: isUniversal ? 1n : 0n,
        is_declarative_inf: isDeclarativeInf ? 1n : 0n,
      } as const;
      await updateProgress(transaction, submissionId, kinds, clock());
      await updateProductExtension(transaction, submissionId, isExtensionInf);
    },
  };
}
