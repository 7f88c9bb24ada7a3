// What is done to every package before it can be handed out, in order. Each kind of workflow ends with a step of its own.
import type { Step } from '../workflow.ts';
import { catalogCreation } from './catalog-creation.ts';
import type { StepServices } from './ingestion-services.ts';
import { manualReview } from './manual-review.ts';
import { packageInfoValidation } from './package-info-validation.ts';
import { preparation } from './preparation.ts';
import { scanning } from './scanning.ts';
import { signing } from './signing.ts';
import { openStaging } from './staging.ts';
import { validation } from './validation.ts';

/** The steps from the first look at the package to its signatures. */
export function packageSteps(services: StepServices): readonly Step[] {
  return [
    packageInfoValidation(services),
    preparation(services),
    scanning(services),
    validation(services),
    catalogCreation(services),
    manualReview(services),
    signing(services),
  ];
}

/** Frees what the steps held of a package whose workflow ended. */
export async function releasePackage(
  services: Pick<StepServices, 'inspector' | 'workDirectory'>,
  subjectId: bigint,
): Promise<void> {
  await services.inspector.release(subjectId);
  await (await openStaging(services.workDirectory, subjectId)).remove();
}
