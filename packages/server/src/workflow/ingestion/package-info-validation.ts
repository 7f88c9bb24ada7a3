// Step 1: is there a package, is it a cabinet or the HLK package that the product is for, is it laid out as a driver
// submission, and is it signed by a certificate that is registered to the account?
import { stat } from 'node:fs/promises';
import { InspectorDied, PackageRefused } from '../../inspector/inspector.ts';
import type { ExamineAnswer, HlkFacts } from '../../inspector/protocol.ts';
import { listSubmissionCertificates } from '../../store/accounts.ts';
import type { Step, StepContext, StepResult } from '../workflow.ts';
import { errorMessages, refusal } from './finding-messages.ts';
import type { StepServices } from './ingestion-services.ts';
import { linkInto } from './staging.ts';

/** A package that ended its inspector this often is taken to be the cause. */
const DEATHS_BLAMED_ON_PACKAGE = 3;

export interface PackageInfo {
  /** SHA-256 of the submitter's certificate, lower-case hex; null for a package that is not signed. */
  readonly signerThumbprint: string | null;
  /** False only in rehearsals that take packages by anybody. Absent when an earlier release examined the package. */
  readonly isSignerRegistered?: boolean;
  readonly files: number;
  /** What an HLK package says of itself; null for a cabinet. */
  readonly hlk: HlkFacts | null;
}

const NOTHING_UPLOADED =
  'No package was uploaded before the commit. Upload the cabinet to the URL of the initialPackage download first, then commit. This submission cannot be used again; create a new product and submission.';

/** Codes of refusals for how much a package holds, rather than for how it is made. */
const TOO_MUCH = /^(?:limits?-exceeded|too-large|too-many-.*|directory-too-large)$/;
const MAKE_IT_SMALLER =
  'The work on one package is limited, so that others are not kept waiting. Leave out what the drivers do not need, or split them among several packages.';
const MAKE_IT_AGAIN =
  'It is damaged, was cut off while it was made or uploaded, or is not what its name says. Build it again, check that it opens with another tool, and upload it unchanged.';

/** A refusal as a failed step; anything that is not the package's fault is thrown on, to be tried again. */
export function packageFault(error: unknown, context: StepContext): StepResult {
  if (error instanceof PackageRefused) {
    return {
      kind: 'failed',
      messages: [
        `The package cannot be read: ${error.message.replace(/\.?$/, '.')} [${error.code}] ${TOO_MUCH.test(error.code) ? MAKE_IT_SMALLER : MAKE_IT_AGAIN}`,
      ],
    };
  }
  if (error instanceof InspectorDied && context.attempt >= DEATHS_BLAMED_ON_PACKAGE) {
    return {
      kind: 'failed',
      messages: [
        'The package cannot be read: the process that opens packages broke down on it each time. It is very likely malformed. Build it again; if it persists, send the package to the operator of this service.',
      ],
    };
  }
  throw error;
}

export function packageInfoValidation(services: StepServices): Step {
  const { database, blobs, inspector, subjects, policy, clock } = services;
  return {
    name: 'packageInfoValidation',
    async run(context) {
      const subject = await subjects.load(context.subjectId);
      if (subject.content === null) return { kind: 'failed', messages: [NOTHING_UPLOADED] };
      const content = blobs.contentPath(subject.content);
      if ((await stat(content)).size === 0) {
        return { kind: 'failed', messages: [`The uploaded package is empty. ${NOTHING_UPLOADED}`] };
      }
      const session = await inspector.open(context.subjectId);
      const registered = await listSubmissionCertificates(database, subject.account.id);
      let answer: ExamineAnswer;
      try {
        answer = await session.ask<'examine'>(
          {
            operation: 'examine',
            file: await linkInto(content, session.input, 'package'),
            registeredCertificates: registered.map((row) => Buffer.from(row.certificate, 'base64')),
            packageSignature: policy.packageSignature,
            ...(subject.testHarness === undefined ? {} : { testHarness: subject.testHarness }),
            at: clock().getTime(),
            limits: services.limits,
          },
          context.signal,
        );
      } catch (error) {
        return packageFault(error, context);
      }
      const messages = errorMessages(answer.findings);
      if (messages.length > 0) return refusal(messages, answer.findings);
      const { signerThumbprint = null } = answer;
      // The answer comes from the process that had the package in its hands: that the signer is registered is looked up here.
      const isSignerRegistered = registered.some((row) => row.thumbprint === signerThumbprint);
      if (!isSignerRegistered && policy.packageSignature === 'registered') {
        throw new Error('the inspector passed a package whose signer is not registered');
      }
      const files = answer.entries.length;
      const output: PackageInfo = { signerThumbprint, isSignerRegistered, files, hlk: answer.hlk ?? null };
      return {
        kind: 'completed',
        output: JSON.parse(JSON.stringify(output)),
        apply: async (transaction) => {
          await subjects.accepted?.(transaction, context.subjectId);
        },
      };
    },
  };
}
