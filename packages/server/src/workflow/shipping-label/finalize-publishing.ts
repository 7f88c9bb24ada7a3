// Step 8 of publishing: makes sure that the record of what was published is there and unchanged before the label counts as
// complete.
import { createHash } from 'node:crypto';
import { UPDATE_CONTAINER } from '../../store/shipping-label-runs.ts';
import type { Step } from '../workflow.ts';
import type { ShippingLabelServices } from './shipping-label-services.ts';
import type { GeneratedUpdate } from './update-generation.ts';

export function finalizePublishing({ blobs }: ShippingLabelServices): Step {
  return {
    name: 'finalizePublishing',
    async run(context) {
      const update = context.output<GeneratedUpdate>('updateGeneration');
      const blob = await blobs.find(UPDATE_CONTAINER, update.blob);
      if (blob === undefined) throw new Error(`the description ${update.blob} of what was published is missing`);
      const hash = createHash('sha256');
      for await (const chunk of blobs.openRead(blob)) hash.update(chunk as Uint8Array);
      if (hash.digest('hex') !== update.blob) throw new Error(`the description ${update.blob} was changed on disk`);
      const { publishedAt } = context.output<{ readonly publishedAt: string }>('publishing');
      return { kind: 'completed', output: { publishedAt, update: update.blob } };
    },
  };
}
