// Step 7: signs every executable image and every catalog. The signer gets digests and gives signatures; the images are
// written anew by the inspector, catalogs (which this service made itself) here.
import { createHash, randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  bytesSource,
  catalog,
  encodeIndirectData,
  OID,
  rewriteBytes,
  type SignableContent,
  SigningError,
} from '@assay/authenticode';
import { writeFileWhole } from '../../durable-files.ts';
import type { InspectorSession } from '../../inspector/inspector.ts';
import type { EmbedAnswer, ImageFacts, InspectorAnswers } from '../../inspector/protocol.ts';
import type { OpenedProfile } from '../../signing/signing-service.ts';
import type { Step, StepContext, StepResult } from '../workflow.ts';
import { isCatalogName, type UnsignedCatalog, type UnsignedCatalogs } from './catalog-creation.ts';
import type { StepServices } from './ingestion-services.ts';
import { packageFault } from './package-info-validation.ts';
import type { Inventory, InventoryFile } from './preparation.ts';
import { linkInto, openStaging, type Staging } from './staging.ts';

/** A file of the signed package. */
export interface SignedFile {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

export interface SignedFiles {
  readonly files: readonly SignedFile[];
}

/** Time stamps that fail this often are no hiccup: the submission then says what it waits for. */
const STAMP_FAILURES_HIDDEN = 3;
/** How long it waits between looks at authorities that give no stamps. */
const STAMP_RETRY_MS = 30_000;

/** A missing time stamp as a reason to wait; anything else is thrown on. */
function stampFault(error: unknown, context: StepContext): StepResult {
  if (!(error instanceof SigningError) || error.code !== 'timestamp-failed') throw error;
  // The first times like any other fault that may pass: tried again soon, and told in the operator's log.
  if (context.attempt <= STAMP_FAILURES_HIDDEN) throw error;
  return {
    kind: 'waiting',
    retryAfterMs: STAMP_RETRY_MS,
    messages: [
      `The package waits for time stamps, without which nothing is handed out: ${error.message.replace(/\.?$/, '.')} The service goes on trying; the operator may change the authorities with --timestamp-url.`,
    ],
  };
}

/** What the signing of one package works with. */
interface PackageSigning {
  readonly services: StepServices;
  readonly context: StepContext;
  readonly session: InspectorSession;
  readonly staging: Staging;
  readonly profile: OpenedProfile;
  /** Path of the subject in the audit log. */
  readonly entity: string;
  readonly programName: string;
}

export function signing(services: StepServices): Step {
  const { inspector, subjects } = services;
  return {
    name: 'signing',
    async run(context) {
      const { account, entity, profile } = await subjects.load(context.subjectId);
      const inventory = context.output<Inventory>('preparation');
      const { catalogs } = context.output<UnsignedCatalogs>('catalogCreation');
      const work: PackageSigning = {
        services,
        context,
        session: await inspector.open(context.subjectId),
        staging: await openStaging(services.workDirectory, context.subjectId),
        profile: services.signing.profile(profile),
        entity,
        programName: account.legal_name,
      };
      const files: SignedFile[] = [];
      try {
        for (const file of inventory.files) {
          if (isCatalogName(file.path)) continue;
          files.push(await signedFile(work, file));
        }
        for (const unsigned of catalogs) files.push(await signCatalog(work, unsigned));
      } catch (error) {
        return error instanceof SigningError ? stampFault(error, context) : packageFault(error, context);
      }
      await work.staging.flush();
      const output: SignedFiles = { files };
      return { kind: 'completed', output: JSON.parse(JSON.stringify(output)) };
    },
  };
}

async function signedFile(work: PackageSigning, file: InventoryFile): Promise<SignedFile> {
  const { path, sha256, size, image } = file;
  return image === null ? { path, sha256, size } : await signImage(work, file, image);
}

/** What a signature over the image covers. The inspector gives digests only, so that nothing else can be signed. */
async function imageContent(
  { session, context, profile }: PackageSigning,
  input: string,
  image: ImageFacts,
): Promise<SignableContent> {
  const { digestAlgorithm, pageHashes } = profile;
  if (digestAlgorithm === 'sha256' && !pageHashes) {
    const digest = Buffer.from(image.sha256, 'hex');
    return { contentType: OID.spcIndirectData, content: encodeIndirectData('pe', 'sha256', digest) };
  }
  const answer = await session.ask<'digestImage'>(
    { operation: 'digestImage', file: input, algorithm: digestAlgorithm, pageHashes },
    context.signal,
  );
  const content = encodeIndirectData('pe', digestAlgorithm, answer.digest, answer.pageHashes);
  return { contentType: OID.spcIndirectData, content };
}

async function signImage(work: PackageSigning, file: InventoryFile, image: ImageFacts): Promise<SignedFile> {
  const { services, context, session, staging, profile } = work;
  const input = await linkInto(staging.path(file.sha256), session.input, 'image');
  const isAdded = profile.mode === 'append' && image.signatures > 0;
  const signature = await services.signing.sign({
    profile: profile.name,
    submissionId: context.subjectId,
    entity: work.entity,
    subject: file.path,
    purpose: 'image',
    content: await imageContent(work, input, image),
    digest: image.sha256,
    programName: work.programName,
    signal: context.signal,
    ...(isAdded ? { sequenceNumber: image.signatures } : {}),
  });
  const into = join(session.output, randomUUID());
  let embedded: EmbedAnswer;
  try {
    embedded = (await session.ask<'embed'>(
      {
        operation: 'embed',
        file: input,
        signature: signature.bytes,
        into,
        mode: isAdded ? 'append' : 'replace',
        signer: signature.signer,
        // A signature that was logged before the key was changed leads to where that key belonged.
        anchor: signature.signer === profile.certificate.thumbprint ? anchorOf(profile).bytes : undefined,
      },
      context.signal,
    )) satisfies InspectorAnswers['embed'];
  } catch (error) {
    await rm(into, { force: true });
    throw error;
  }
  await staging.adopt(into, embedded.sha256);
  return { path: file.path, sha256: embedded.sha256, size: embedded.size };
}

/** What the signatures of a profile lead to. */
function anchorOf({ certificate, chain }: OpenedProfile): OpenedProfile['certificate'] {
  return chain.at(-1) ?? certificate;
}

async function signCatalog(work: PackageSigning, unsigned: UnsignedCatalog): Promise<SignedFile> {
  const { services, context, staging, profile } = work;
  const source = bytesSource(await readFile(staging.path(unsigned.sha256)));
  const signature = await services.signing.sign({
    profile: profile.name,
    submissionId: context.subjectId,
    entity: work.entity,
    subject: unsigned.path,
    purpose: 'catalog',
    content: await catalog.content(source, profile.digestAlgorithm),
    digest: Buffer.from(await catalog.digest(source, 'sha256')).toString('hex'),
    programName: work.programName,
    signal: context.signal,
  });
  const bytes = await rewriteBytes(source, await catalog.embedSignature(source, signature.bytes));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await writeFileWhole(staging.path(sha256), bytes);
  return { path: unsigned.path, sha256, size: bytes.length };
}
