// What a catalog says about the drivers in it, read from their INFs: hardware ids, and the systems they are for.
import { readFile } from 'node:fs/promises';
import { describeInf, type InfDescription, InfError, parseInf } from '@assay/driver-package';
import type { CodeTables, OperatingSystem } from '@assay/hardware-api';
import { CommandError, EXIT } from '../exit-codes.ts';
import type { PackageFile } from './package-files.ts';

export interface DriverFacts {
  /** Base names of the catalogs that the INFs name, lower-case. */
  readonly catalogNames: readonly string[];
  /** Lower-case, in the order of the INFs. */
  readonly hardwareIds: readonly string[];
  /** As INFs name them: amd64, arm64, x86 … */
  readonly architectures: readonly string[];
}

const MAXIMUM_INF_BYTES = 16 * 1024 * 1024;

async function describe(file: PackageFile): Promise<InfDescription> {
  if (file.size > MAXIMUM_INF_BYTES) {
    throw new CommandError(EXIT.validationFailed, `${file.path} is too large for an INF (${file.size} bytes).`);
  }
  try {
    return describeInf(parseInf(await readFile(file.path)));
  } catch (error) {
    if (!(error instanceof InfError)) throw error;
    throw new CommandError(EXIT.validationFailed, `${file.path}: ${error.message}`, 'Mend the INF first.');
  }
}

/** Facts of every INF among the files. */
export async function readDriverFacts(files: readonly PackageFile[]): Promise<DriverFacts> {
  const infs: InfDescription[] = [];
  for (const file of files) if (/\.inf$/i.test(file.name)) infs.push(await describe(file));
  const models = infs.flatMap((inf) => inf.models);
  return {
    catalogNames: [...new Set(infs.flatMap((inf) => inf.catalogFiles.map(({ name }) => name.toLowerCase())))],
    hardwareIds: [...new Set(models.flatMap((model) => model.hardwareIds.map((id) => id.toLowerCase())))],
    architectures: [...new Set(models.map(({ architecture }) => architecture))],
  };
}

/** How INFs name the architectures of operating system codes. */
const INF_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64' };

/** The first release of Windows 10 for each of the architectures: what a driver package is for when nobody says more. */
export function defaultSystems(architectures: readonly string[], codes: CodeTables): OperatingSystem[] {
  return architectures.flatMap((wanted) => {
    const system = codes.operatingSystems.find(
      ({ architecture, version, server, catalogName }) =>
        (INF_ARCHITECTURES[architecture] ?? architecture) === wanted &&
        version.major === 10 &&
        !server &&
        catalogName !== undefined,
    );
    return system === undefined ? [] : [system];
  });
}
