// How an account registers a certificate with which it signs its packages: it is given a file made for it, signs that, and
// sends it back. The signed file is opened elsewhere (`examine`); here is decided what its answer means.
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type Actor, appendAudit } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import type { SubmissionCertificate } from '../store/schema.ts';
import {
  addChallenge,
  findSubmissionCertificate,
  listChallenges,
  registerSubmissionCertificate,
  removeSubmissionCertificate,
  takeChallenge,
} from '../store/submission-certificates.ts';
import { buildSignableFile } from './signable-file.ts';

/** What there is to know about a code-signing certificate. */
export interface SignerFacts {
  /** DER. */
  readonly bytes: Uint8Array;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isExtendedValidation: boolean;
}

/** What was found in a file that is said to be a signed challenge. */
export interface SignedFileFacts {
  /** Why the file or its signer's certificate cannot be accepted, one sentence for each fault. */
  readonly problems: readonly string[];
  /** Which of the challenges the file is; undefined when it is none of them. */
  readonly challenge: number | undefined;
  readonly signer: SignerFacts | undefined;
}

/** Opens a signed file, somewhere where it can do no harm, and compares it with the files that were given out. */
export type ExamineSignedFile = (request: {
  readonly file: Uint8Array;
  readonly challenges: readonly Uint8Array[];
  readonly at: Date;
}) => Promise<SignedFileFacts>;

/** The signed file does not register a certificate, and why. */
export class RegistrationRefused extends Error {
  override readonly name = 'RegistrationRefused';
  readonly problems: readonly [string, ...string[]];

  constructor(problems: readonly [string, ...string[]]) {
    super(problems.join(' '));
    this.problems = problems;
  }
}

export interface Registration {
  readonly certificate: SubmissionCertificate;
  /** False when the certificate was registered already. */
  readonly created: boolean;
}

export interface CertificateRegistration {
  /** Bytes of a file to sign, made for this account; it can be sent back once, within seven days. */
  makeSignableFile(accountId: bigint): Promise<Uint8Array>;
  /** Registers the certificate that signed the file. Throws RegistrationRefused. */
  registerSignedFile(accountId: bigint, file: Uint8Array, by: Actor): Promise<Registration>;
  /** Registers a certificate whose key nobody was asked to show: for those who administer the service. */
  registerCertificate(accountId: bigint, signer: SignerFacts, by: Actor): Promise<Registration>;
  /** Ends a registration. Whether there was one. */
  remove(accountId: bigint, thumbprint: string, by: Actor): Promise<boolean>;
}

const NOT_OURS =
  'The file is not one that this account was given, or it was used or is more than seven days old. Download a new one, sign it unchanged, and upload that.';

export function createCertificateRegistration(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly examine: ExamineSignedFile;
}): CertificateRegistration {
  const { database, clock, examine } = options;

  async function record(
    accountId: bigint,
    signer: SignerFacts,
    by: Actor,
    challenge: string | undefined,
  ): Promise<Registration> {
    const thumbprint = createHash('sha256').update(signer.bytes).digest('hex');
    return database.transaction().execute(async (transaction) => {
      if (challenge !== undefined && !(await takeChallenge(transaction, accountId, challenge))) {
        throw new RegistrationRefused([NOT_OURS]);
      }
      const created = await registerSubmissionCertificate(
        transaction,
        { accountId, certificate: { ...signer, thumbprint }, registeredBy: by.actor },
        clock,
      );
      const certificate = await findSubmissionCertificate(transaction, accountId, thumbprint);
      if (certificate === undefined) throw new Error('the certificate that was just registered is not there');
      if (created) {
        const { subject, isExtendedValidation } = signer;
        const details = { subject, isExtendedValidation, keyShown: challenge !== undefined };
        const entity = `certificates/${thumbprint}`;
        await appendAudit(transaction, by, { accountId, action: 'certificate.register', entity, details }, clock);
      }
      return { certificate, created };
    });
  }

  return {
    async makeSignableFile(accountId) {
      const challenge = await database
        .transaction()
        .execute((transaction) => addChallenge(transaction, accountId, clock));
      return buildSignableFile(accountId, challenge);
    },

    async registerSignedFile(accountId, file, by) {
      const challenges = await listChallenges(database, accountId, clock);
      if (challenges.length === 0) throw new RegistrationRefused([NOT_OURS]);
      const facts = await examine({
        file,
        challenges: challenges.map((challenge) => buildSignableFile(accountId, challenge)),
        at: clock(),
      });
      const challenge = facts.challenge === undefined ? undefined : challenges[facts.challenge];
      const [first, ...others] = [...(challenge === undefined ? [NOT_OURS] : []), ...facts.problems];
      if (first !== undefined) throw new RegistrationRefused([first, ...others]);
      if (facts.signer === undefined) throw new RegistrationRefused(['The file is not signed.']);
      return record(accountId, facts.signer, by, challenge);
    },

    registerCertificate: (accountId, signer, by) => record(accountId, signer, by, undefined),

    remove: (accountId, thumbprint, by) =>
      database.transaction().execute(async (transaction) => {
        const removed = await removeSubmissionCertificate(transaction, accountId, thumbprint);
        if (removed) {
          const entity = `certificates/${thumbprint.toLowerCase()}`;
          await appendAudit(transaction, by, { accountId, action: 'certificate.remove', entity }, clock);
        }
        return removed;
      }),
  };
}
