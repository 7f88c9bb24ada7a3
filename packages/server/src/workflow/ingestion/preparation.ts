// Step 2: unpacks the package into the staging folder and takes the inventory on which every later step works.
import { join } from 'node:path';
import type { ExtractAnswer, ImageFacts } from '../../inspector/protocol.ts';
import type { Step } from '../workflow.ts';
import { errorMessages, refusal } from './finding-messages.ts';
import type { StepServices } from './ingestion-services.ts';
import { packageFault } from './package-info-validation.ts';
import { linkInto, openStaging } from './staging.ts';

/** A file of the package. Digests are lower-case hex. */
export interface InventoryFile {
  readonly path: string;
  readonly size: number;
  readonly sha1: string;
  readonly sha256: string;
  /** Null for a file that is not an executable image. */
  readonly image: ImageFacts | null;
}

export interface Inventory {
  readonly files: readonly InventoryFile[];
}

export function preparation(services: StepServices): Step {
  const { blobs, inspector, subjects } = services;
  return {
    name: 'preparation',
    async run(context) {
      const { content, profile } = await subjects.load(context.subjectId);
      if (content === null) throw new Error('there is no package');
      const session = await inspector.open(context.subjectId);
      const staging = await openStaging(services.workDirectory, context.subjectId);
      let answer: ExtractAnswer;
      try {
        answer = await session.ask<'extract'>(
          {
            operation: 'extract',
            file: await linkInto(blobs.contentPath(content), session.input, 'package'),
            into: session.output,
            signingMode: services.signing.profile(profile).mode,
            limits: services.limits,
          },
          context.signal,
        );
      } catch (error) {
        return packageFault(error, context);
      }
      const messages = errorMessages(answer.findings);
      if (messages.length > 0) return refusal(messages, answer.findings);
      for (const file of answer.files) {
        if (!/^[0-9]+$/.test(file.written)) throw new Error('the inspector named a file that it may not name');
        await staging.adopt(join(session.output, file.written), file.sha256);
      }
      await staging.flush();
      const output: Inventory = {
        files: answer.files.map(({ path, size, sha1, sha256, image }) => ({
          path,
          size,
          sha1,
          sha256,
          image: image ?? null,
        })),
      };
      return { kind: 'completed', output: JSON.parse(JSON.stringify(output)) };
    },
  };
}
