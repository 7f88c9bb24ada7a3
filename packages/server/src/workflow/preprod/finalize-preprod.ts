// The last step of a preprod package: packs the signed files and offers the zip as the package's asset, in the same
// transaction that shows it as succeeded.
import { addPreprodAsset, PREPROD_CONTAINER } from '../../store/preprod.ts';
import type { StepServices } from '../ingestion/ingestion-services.ts';
import { adoptSignedPackage } from '../ingestion/signed-package.ts';
import type { Step } from '../workflow.ts';

export function finalizePreprod(services: StepServices): Step {
  return {
    name: 'finalizePreprod',
    async run(context) {
      const { name, sha256 } = await adoptSignedPackage(services, context, PREPROD_CONTAINER);
      return {
        kind: 'completed',
        output: { asset: name },
        apply: async (transaction) => {
          const asset = { assetId: name, subjectId: context.subjectId, contentHash: sha256 };
          await addPreprodAsset(transaction, asset, services.clock);
        },
      };
    },
  };
}
