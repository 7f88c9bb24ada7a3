// Derived submissions: the shell that an HLK package's submission offers for them, and what is checked of their packages
// besides what is checked of every package. The results that count are those of the initial submission.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkDriverUpdate } from '@assay/driver-package';
import { loadIngestionSubject, type NewDownload } from '../../store/ingestion.ts';
import type { Submission } from '../../store/schema.ts';
import { findDerivedPackage, findInitialSubmission, UPLOAD_CONTAINER } from '../../store/submissions.ts';
import { findStepOutput } from '../../store/workflows.ts';
import type { Step, StepContext, StepResult } from '../workflow.ts';
import { errorMessages, refusal } from './finding-messages.ts';
import type { StepServices } from './ingestion-services.ts';
import { type PackageInfo, packageFault } from './package-info-validation.ts';
import { stableGuid } from './signed-package.ts';
import { linkInto } from './staging.ts';
import type { DescribedDrivers } from './validation.ts';

const NO_SHELL =
  'The initial submission has no shell: its package was a cabinet, or none could be made of it when it completed. Make a new product with an HLK package for derived submissions.';
const NOT_AN_HLK_PACKAGE =
  'The package of a derived submission is an HLK package made from the shell of the initial one, and this is a cabinet. Download the derivedPackage, put the drivers into it with "assay pack … --hlkx", sign it, and submit that.';

/** The id of a driver folder in the metadata of a submission, and in the shell for derived ones. */
export function bundleId(context: Pick<StepContext, 'workflowId'>, folder: string): string {
  return stableGuid(context.workflowId, `bundle ${folder}`);
}

/**
 * Makes the shell of a submission's package a blob. Undefined when there is none: for cabinets, derived submissions,
 * products that take no derived ones, and packages that cannot be written anew. Run again it gives the same blob.
 */
export async function adoptShell(services: StepServices, context: StepContext): Promise<NewDownload | undefined> {
  const { submission, testHarness, properties } = await loadIngestionSubject(services.database, context.subjectId);
  const { hlk } = context.output<Partial<PackageInfo>>('packageInfoValidation');
  const { drivers } = context.output<DescribedDrivers>('validation');
  const isExtension = drivers.some(({ infs }) => infs.some(({ description }) => description.isExtension));
  const isDerivable =
    submission.type === 'initial' && testHarness !== 'attestation' && !properties.isTestSign && !isExtension;
  if (!isDerivable || !hlk || submission.package_content === null) return undefined;
  const session = await services.inspector.open(context.subjectId);
  const into = join(session.output, 'shell.hlkx');
  await rm(into, { force: true });
  try {
    await session.ask<'makeShell'>(
      {
        operation: 'makeShell',
        file: await linkInto(services.blobs.contentPath(submission.package_content), session.input, 'package'),
        into,
        label: {
          productId: String(submission.product_id),
          submissionId: String(submission.id),
          drivers: drivers.map(({ folder }) => ({ folder, id: bundleId(context, folder) })),
        },
        limits: services.limits,
      },
      context.signal,
    );
  } catch (error) {
    // What was signed is good without a shell: a package that none can be made of only takes no derived submissions.
    packageFault(error, context);
    return undefined;
  }
  const blob = stableGuid(context.workflowId, 'derivedPackage');
  await services.blobs.adopt(UPLOAD_CONTAINER, blob, into, { contentType: 'application/octet-stream' });
  return { type: 'derivedPackage', container: UPLOAD_CONTAINER, blob, fileName: `Shell_${submission.id}.hlkx` };
}

const MADE_FROM_SHELL =
  'The package is made from the shell of another one, whose results are not those of this product. Submit it as a derived submission of the product that its shell comes from, or make the package in the studio of the kit.';

/** Gives the failed step when a submission whose step completed with this output is not what it must be. */
type Check = (context: StepContext, submission: Submission, output: unknown) => Promise<StepResult | undefined>;

/** The step with one more check, once everything else has been found good. */
function withCheck({ database }: StepServices, step: Step, check: Check): Step {
  return {
    name: step.name,
    async run(context) {
      const result = await step.run(context);
      if (result.kind !== 'completed') return result;
      const { submission } = await loadIngestionSubject(database, context.subjectId);
      return (await check(context, submission, result.output)) ?? result;
    },
  };
}

/** The product of a submission, as its submissions are looked up. */
function productKey(submission: Submission): { readonly accountId: bigint; readonly productId: bigint } {
  return { accountId: submission.account_id, productId: submission.product_id };
}

/** That the package is the shell with drivers in it; of an initial submission, that it is not made from a shell. */
function checkShell(services: StepServices): Check {
  const { database, blobs, inspector } = services;
  return async (context, submission, output) => {
    const { hlk } = output as Pick<PackageInfo, 'hlk'>;
    if (submission.type === 'initial') {
      return hlk?.isFromShell ? { kind: 'failed', messages: [MADE_FROM_SHELL] } : undefined;
    }
    const shell = await findDerivedPackage(database, productKey(submission));
    const shellBlob = shell === undefined ? undefined : await blobs.find(shell.container, shell.blob);
    if (shellBlob === undefined) return { kind: 'failed', messages: [NO_SHELL] };
    if (hlk === null) return { kind: 'failed', messages: [NOT_AN_HLK_PACKAGE] };
    const content = submission.package_content;
    if (content === null) throw new Error('there is no package');
    const session = await inspector.open(context.subjectId);
    try {
      const { findings } = await session.ask<'compareShell'>(
        {
          operation: 'compareShell',
          file: await linkInto(blobs.contentPath(content), session.input, 'package'),
          shell: await linkInto(blobs.contentPath(shellBlob.content), session.input, 'shell'),
          limits: services.limits,
        },
        context.signal,
      );
      const messages = errorMessages(findings);
      return messages.length > 0 ? refusal(messages, findings) : undefined;
    } catch (error) {
      return packageFault(error, context);
    }
  };
}

/** That the drivers of a derived submission stand for those of the initial one. */
function checkDrivers({ database, codes }: StepServices): Check {
  return async (_context, submission, output) => {
    if (submission.type === 'initial') return undefined;
    const initial = await findInitialSubmission(database, productKey(submission));
    const workflow = { kind: 'ingestion', subjectId: initial?.id ?? 0n, step: 'validation' };
    const before = (await findStepOutput(database, workflow)) as DescribedDrivers | undefined;
    if (before === undefined) throw new Error('the initial submission has no described drivers');
    const { drivers } = output as DescribedDrivers;
    const findings = checkDriverUpdate(drivers, before.drivers, codes.findOperatingSystem);
    const messages = errorMessages(findings);
    return messages.length > 0 ? refusal(messages, findings) : undefined;
  };
}

/** The steps of a submission, with what its place in the product asks for besides. */
export function withDerivedChecks(services: StepServices, steps: readonly Step[]): readonly Step[] {
  const checks: Readonly<Record<string, Check>> = {
    packageInfoValidation: checkShell(services),
    validation: checkDrivers(services),
  };
  return steps.map((step) => {
    const check = checks[step.name];
    return check === undefined ? step : withCheck(services, step, check);
  });
}
