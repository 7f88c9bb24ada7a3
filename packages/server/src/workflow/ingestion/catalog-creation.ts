// Step 5: builds the security catalog of each driver. A catalog lists every file of the driver's folder by digest, so that
// Windows can tell whether one was changed; catalogs that came with the package are left out and made anew.
import { createHash } from 'node:crypto';
import { type CatalogMember, createCatalog, driverCatalogAttributes } from '@assay/authenticode';
import { writeFileWhole } from '../../durable-files.ts';
import type { Step } from '../workflow.ts';
import type { StepServices } from './ingestion-services.ts';
import type { Inventory, InventoryFile } from './preparation.ts';
import { openStaging } from './staging.ts';
import type { DescribedDrivers } from './validation.ts';

export interface UnsignedCatalog {
  readonly folder: string;
  /** Path inside the package. */
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

export interface UnsignedCatalogs {
  readonly catalogs: readonly UnsignedCatalog[];
}

/** Catalogs that the submitter put into the package are replaced by ours. */
export function isCatalogName(path: string): boolean {
  return /\.cat$/i.test(path);
}

function folderOf(path: string): string {
  return path.slice(0, path.indexOf('/'));
}

function member(file: InventoryFile, osAttributes: string | undefined): CatalogMember {
  const fileName = file.path.slice(file.path.lastIndexOf('/') + 1);
  const digests = file.image ?? file;
  return {
    fileName,
    kind: file.image === null ? 'flat' : 'pe',
    sha1: Buffer.from(digests.sha1, 'hex'),
    sha256: Buffer.from(digests.sha256, 'hex'),
    ...(osAttributes === undefined ? {} : { osAttributes }),
  };
}

/** A catalog lies beside the INF that names it. */
function catalogPath(infPath: string, catalogName: string): string {
  return `${infPath.slice(0, infPath.lastIndexOf('/'))}/${catalogName}`;
}

function distinct<Value>(values: Iterable<Value>): Value[] {
  return [...new Set(values)];
}

/**
 * What the dashboard writes into the catalogs of packages that passed the tests ("Qualification Level" and "DTC"), as most
 * catalogs of its earlier years have it; a few have other values, and those of 2024 have neither.
 */
const QUALIFIED = { qualificationLevel: '5000', dtc: '1' } as const;

/** Catalogs differ by a list identifier, which must stay the same when the step runs again. */
function listIdentifier(workflowId: string, path: string): Uint8Array {
  return createHash('sha256').update(`${workflowId}\n${path}`).digest().subarray(0, 16);
}

export function catalogCreation(services: StepServices): Step {
  return {
    name: 'catalogCreation',
    async run(context) {
      const { createdAt, profile } = await services.subjects.load(context.subjectId);
      const { name: profileName, catalogVersion } = services.signing.profile(profile);
      const inventory = context.output<Inventory>('preparation');
      const { drivers } = context.output<DescribedDrivers>('validation');
      const staging = await openStaging(services.workDirectory, context.subjectId);
      const catalogs: UnsignedCatalog[] = [];
      for (const driver of drivers) {
        const systems = driver.operatingSystems.flatMap((code) => services.codes.findOperatingSystem(code) ?? []);
        const osAttributes = distinct(systems.flatMap((system) => system.osAttribute ?? [])).sort();
        const files = inventory.files.filter(
          (file) => folderOf(file.path) === driver.folder && !isCatalogName(file.path),
        );
        const members = files.map((file) => member(file, osAttributes.join(',') || undefined));
        const byCatalog = Map.groupBy(
          driver.infs.flatMap((inf) => inf.description.catalogFiles.map(({ name }) => ({ inf, name }))),
          ({ inf, name }) => catalogPath(inf.path, name).toLowerCase(),
        );
        for (const uses of byCatalog.values()) {
          const [first] = uses;
          if (first === undefined) continue;
          const path = catalogPath(first.inf.path, first.name);
          const hardwareIds = distinct(
            uses.flatMap(({ inf }) =>
              inf.description.models.flatMap((model) => model.hardwareIds.map((id) => id.toLowerCase())),
            ),
          );
          const bytes = createCatalog({
            version: catalogVersion,
            members,
            attributes: driverCatalogAttributes({
              operatingSystems: distinct(systems.flatMap((system) => system.catalogName ?? [])),
              hardwareIds,
              submissionId: String(context.subjectId),
              bundleId: driver.folder,
              ...(profileName === 'whql' ? QUALIFIED : {}),
            }),
            listIdentifier: listIdentifier(context.workflowId, path),
            thisUpdate: createdAt,
          });
          const sha256 = createHash('sha256').update(bytes).digest('hex');
          await writeFileWhole(staging.path(sha256), bytes);
          catalogs.push({ folder: driver.folder, path, sha256, size: bytes.length });
        }
      }
      const output: UnsignedCatalogs = { catalogs };
      return { kind: 'completed', output: JSON.parse(JSON.stringify(output)) };
    },
  };
}
