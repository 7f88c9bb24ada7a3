// The certification report that a completed submission offers: gathers what the steps before found and made, and keeps the
// report as two blobs, PDF and HTML.
import { rm } from 'node:fs/promises';
import { findTokenSigner, parseSignedData, parseTimestampToken } from '@assay/authenticode';
import {
  type CertificationFacts,
  composeReport,
  type ReportedDriver,
  type ReportedFile,
  type ReportedSignature,
  renderReportHtml,
  renderReportPdf,
} from '../../certification-report/index.ts';
import { writeFileWhole } from '../../durable-files.ts';
import type { Database } from '../../store/database.ts';
import { findReview, loadIngestionSubject } from '../../store/ingestion.ts';
import type { Blob, Signature } from '../../store/schema.ts';
import { listSignatures } from '../../store/signatures.ts';
import { HTML_REPORT_SUFFIX, UPLOAD_CONTAINER } from '../../store/submissions.ts';
import { findTimeStamp } from '../../store/time-stamps.ts';
import type { StepContext } from '../workflow.ts';
import { isCatalogName, type UnsignedCatalogs } from './catalog-creation.ts';
import type { StepServices } from './ingestion-services.ts';
import type { PackageInfo } from './package-info-validation.ts';
import type { Inventory } from './preparation.ts';
import type { ScanResult } from './scanning.ts';
import { stableGuid } from './signed-package.ts';
import type { SignedFiles } from './signing.ts';
import { openStaging, type Staging } from './staging.ts';
import type { DescribedDrivers } from './validation.ts';

/** What a report is written with. */
type ReportServices = Pick<StepServices, 'database' | 'blobs' | 'subjects' | 'workDirectory'>;

function describeDriver({ folder, infs, operatingSystems }: DescribedDrivers['drivers'][number]): ReportedDriver {
  return {
    folder,
    operatingSystems,
    infs: infs.map(({ path, description }) => {
      const { provider, className, classGuid, driverVersion, extensionId, models } = description;
      return {
        path,
        provider,
        className,
        classGuid,
        driverVersion,
        extensionId,
        hardwareIds: new Set(models.flatMap(({ hardwareIds }) => hardwareIds.map((id) => id.toLowerCase()))).size,
        architectures: [...new Set(models.map(({ architecture }) => architecture))].sort(),
      };
    }),
  };
}

/** What a signature of the log says of itself. It is our own, so that it is not verified again. */
async function describeSignature(database: Database, row: Signature): Promise<ReportedSignature> {
  const { certificates } = parseSignedData(Buffer.from(row.signature, 'base64'));
  const signer = certificates.find(({ thumbprint }) => thumbprint === row.certificate_thumbprint);
  const token = await findTimeStamp(database, row.sequence);
  const stamp = token === undefined ? undefined : parseTimestampToken(token);
  return {
    path: row.subject,
    madeAt: new Date(row.created_at),
    thumbprint: row.certificate_thumbprint,
    subject: signer?.subject,
    issuer: signer?.issuer,
    timeStamp: stamp === undefined ? undefined : { time: stamp.info.time, authority: findTokenSigner(stamp)?.subject },
  };
}

/** Files in the order of their paths: that of the package is chance. */
function describeFiles(
  { files }: SignedFiles,
  signed: ReadonlySet<string>,
  catalogued: ReadonlySet<string>,
): ReportedFile[] {
  return files
    .map(({ path, size, sha256 }): ReportedFile => {
      const vouching = catalogued.has(path) ? 'catalog' : 'none';
      return { path, size, sha256, signature: signed.has(path) ? 'embedded' : vouching };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The facts of a submission whose files are signed: always the same, whenever they are gathered. */
async function gatherFacts(services: ReportServices, context: StepContext): Promise<CertificationFacts> {
  const { database, subjects } = services;
  const { submission, productName, testHarness, account } = await loadIngestionSubject(database, context.subjectId);
  const { profile, operatingSystems } = await subjects.load(context.subjectId);
  // A package that was examined by a release before HLK packages were read has no such entry.
  const {
    signerThumbprint,
    isSignerRegistered = true,
    hlk,
  } = context.output<Pick<PackageInfo, 'signerThumbprint'> & Partial<PackageInfo>>('packageInfoValidation');
  const inventory = context.output<Inventory>('preparation').files.filter(({ path }) => !isCatalogName(path));
  const scan = context.output<Partial<ScanResult>>('scanning');
  const { drivers, notes = [] } = context.output<DescribedDrivers>('validation');
  const { catalogs } = context.output<UnsignedCatalogs>('catalogCreation');
  const membersOf = (folder: string) => inventory.filter(({ path }) => path.startsWith(`${folder}/`));
  const catalogued = new Set(catalogs.flatMap(({ folder }) => membersOf(folder).map(({ path }) => path)));
  const signatures: ReportedSignature[] = [];
  for (const row of await listSignatures(database, context.subjectId)) {
    signatures.push(await describeSignature(database, row));
  }
  const review = await findReview(database, context.subjectId);
  return {
    productName,
    productId: submission.product_id,
    submissionName: submission.name,
    submissionId: submission.id,
    submissionType: submission.type,
    account: { id: account.id, legalName: account.legal_name },
    submittedAt: new Date(submission.created_at),
    testHarness,
    tests: hlk ? { kit: hlk.kit, kitVersion: hlk.kitVersion, counts: hlk.tests ?? undefined } : undefined,
    submitterThumbprint: signerThumbprint ?? undefined,
    isSubmitterRegistered: isSignerRegistered,
    requestedSignatures: operatingSystems === 'supported' ? [] : operatingSystems,
    drivers: drivers.map(describeDriver),
    files: describeFiles(
      context.output<SignedFiles>('signing'),
      new Set(signatures.map(({ path }) => path)),
      catalogued,
    ),
    catalogs: catalogs.map(({ path, folder }) => ({ path, members: membersOf(folder).length })),
    signingProfile: profile,
    signatures,
    scan: {
      engine: scan.engine,
      signatures: scan.signatures ?? undefined,
      notScanned: scan.notScanned ?? [],
    },
    notes: notes.map(({ file, line, code, summary, severity, waived }) => ({
      file,
      line,
      code,
      summary,
      severity,
      waived,
    })),
    isReviewed: review?.decision === 'approved',
  };
}

/** Writes the report of this submission and makes it two blobs. Run again it gives the same bytes under the same names. */
export async function adoptCertificationReport(services: ReportServices, context: StepContext): Promise<Blob> {
  const staging = await openStaging(services.workDirectory, context.subjectId);
  const report = composeReport(await gatherFacts(services, context));
  const name = stableGuid(context.workflowId, 'certificationReport');
  // The HTML first: who finds the PDF finds both.
  await adopt(services, staging, `${name}${HTML_REPORT_SUFFIX}`, renderReportHtml(report), 'text/html; charset=utf-8');
  return await adopt(services, staging, name, await renderReportPdf(report), 'application/pdf');
}

async function adopt(
  { blobs }: ReportServices,
  staging: Staging,
  name: string,
  bytes: string | Uint8Array,
  contentType: string,
): Promise<Blob> {
  const file = staging.temporary('report');
  await rm(file, { force: true });
  await writeFileWhole(file, bytes);
  return await blobs.adopt(UPLOAD_CONTAINER, name, file, { contentType });
}
