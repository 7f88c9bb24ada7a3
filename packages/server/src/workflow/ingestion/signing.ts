// Step 7: signs every executable image and every catalog. The signer gets digests and gives signatures; the images are
// written anew by the inspector, catalogs (which this service made itself) here.
import { createHash, randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesSource, catalog, encodeIndirectData, rewriteBytes } from '@assay/authenticode';
import { writeFileWhole } from '../../durable-files.ts';
import type { InspectorSession } from '../../inspector/inspector.ts';
import type { EmbedAnswer, InspectorAnswers } from '../../inspector/protocol.ts';
import type { Step, StepContext } from '../workflow.ts';
import { isCatalogName, type UnsignedCatalogs } from './catalog-creation.ts';
import type { StepServices } from './ingestion-services.ts';
import { packageFault } from './package-info-validation.ts';
import type { Inventory, InventoryFile } from './preparation.ts';
import { linkInto, openStaging, type Staging } from './staging.ts';

/** SPC_INDIRECT_DATA_OBJID: the content type of a signature over an image. */
const INDIRECT_DATA = '1.3.6.1.4.1.311.2.1.4';

/** A file of the signed package. */
export interface SignedFile {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

export interface SignedFiles {
  readonly files: readonly SignedFile[];
}

export function signing(services: StepServices): Step {
  const { inspector, subjects } = services;
  return {
    name: 'signing',
    async run(context) {
      const { account, entity } = await subjects.load(context.subjectId);
      const programName = account.legal_name;
      const inventory = context.output<Inventory>('preparation');
      const { catalogs } = context.output<UnsignedCatalogs>('catalogCreation');
      const staging = await openStaging(services.workDirectory, context.subjectId);
      const session = await inspector.open(context.subjectId);
      const files: SignedFile[] = [];
      for (const file of inventory.files) {
        if (isCatalogName(file.path)) continue;
        if (file.image === null) {
          files.push({ path: file.path, sha256: file.sha256, size: file.size });
          continue;
        }
        try {
          files.push(await signImage({ services, context, session, staging, entity, programName }, file));
        } catch (error) {
          return packageFault(error, context);
        }
      }
      for (const unsigned of catalogs) {
        const source = bytesSource(await readFile(staging.path(unsigned.sha256)));
        const signature = await services.signing.sign({
          submissionId: context.subjectId,
          entity,
          subject: unsigned.path,
          purpose: 'catalog',
          content: await catalog.content(source, 'sha256'),
          digest: Buffer.from(await catalog.digest(source, 'sha256')).toString('hex'),
          programName,
        });
        const bytes = await rewriteBytes(source, await catalog.embedSignature(source, signature));
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        await writeFileWhole(staging.path(sha256), bytes);
        files.push({ path: unsigned.path, sha256, size: bytes.length });
      }
      await staging.flush();
      const output: SignedFiles = { files };
      return { kind: 'completed', output: JSON.parse(JSON.stringify(output)) };
    },
  };
}

interface ImageSigning {
  readonly services: StepServices;
  readonly context: StepContext;
  readonly session: InspectorSession;
  readonly staging: Staging;
  /** Path of the subject in the audit log. */
  readonly entity: string;
  readonly programName: string;
}

async function signImage(work: ImageSigning, file: InventoryFile): Promise<SignedFile> {
  const { services, context, session, staging } = work;
  if (file.image === null) throw new Error(`${file.path} is not an image`);
  const digest = Buffer.from(file.image.sha256, 'hex');
  const signature = await services.signing.sign({
    submissionId: context.subjectId,
    entity: work.entity,
    subject: file.path,
    purpose: 'image',
    content: { contentType: INDIRECT_DATA, content: encodeIndirectData('pe', 'sha256', digest) },
    digest: file.image.sha256,
    programName: work.programName,
  });
  const into = join(session.output, randomUUID());
  const input = await linkInto(staging.path(file.sha256), session.input, 'image');
  let embedded: EmbedAnswer;
  try {
    embedded = (await session.ask<'embed'>(
      {
        operation: 'embed',
        file: input,
        signature,
        into,
        anchor: (services.signing.key.chain.at(-1) ?? services.signing.key.certificate).bytes,
      } satisfies Parameters<InspectorSession['ask']>[0],
      context.signal,
    )) satisfies InspectorAnswers['embed'];
  } catch (error) {
    await rm(into, { force: true });
    throw error;
  }
  await staging.adopt(into, embedded.sha256);
  return { path: file.path, sha256: embedded.sha256, size: embedded.size };
}
