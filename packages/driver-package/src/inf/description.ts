// What the rest of the service wants to know of an INF: who made it, what it installs, on what, and which files it needs.
import { expandField, findSection, findValue, type InfDocument } from './document.ts';
import { type InfModel, listModels } from './models.ts';
import { listCopiedFiles } from './source-files.ts';

export interface CatalogFileName {
  /** Platform ending of the directive, such as `NTamd64`; undefined for plain CatalogFile. */
  readonly decoration: string | undefined;
  readonly name: string;
}

export interface DriverVersion {
  /** ISO date, YYYY-MM-DD. */
  readonly date: string;
  /** Four numbers separated by dots. */
  readonly version: string;
}

export interface InfDescription {
  readonly provider: string | undefined;
  readonly className: string | undefined;
  /** With braces, as written. */
  readonly classGuid: string | undefined;
  readonly catalogFiles: readonly CatalogFileName[];
  /** Undefined when there is no DriverVer or it is not a date and a version. */
  readonly driverVersion: DriverVersion | undefined;
  readonly extensionId?: string;
  readonly isExtension: boolean;
  readonly models: readonly InfModel[];
  /** Paths inside the driver folder, with `/`, of the files that the INF copies. */
  readonly copiedFiles: readonly string[];
  /** Strings by lower-case name. */
  readonly strings: ReadonlyMap<string, string>;
}

/** The setup class of extension INFs ("Using an Extension INF File"). */
const EXTENSION_CLASS_GUID = '{e2f84ce7-8efa-411c-aa69-97454ca4cb57}';
const MOST_VERSION_PART = 65_535;
const DEFAULT_VERSION = '0.0.0.0';

/** Describes an INF as far as it is sound; what is not, rules report. */
export function describeInf(document: InfDocument): InfDescription {
  const version = (key: string) => findValue(document, 'Version', key);
  const className = version('Class');
  const classGuid = version('ClassGuid');
  const extensionId = version('ExtensionId');
  const driverVer = (findSection(document, 'Version')?.entries ?? []).find(
    (entry) => entry.key?.text.toLowerCase() === 'driverver',
  );
  const [date, number] = driverVer?.fields.map((field) => expandField(document, field)) ?? [];
  return {
    provider: version('Provider'),
    className,
    classGuid,
    catalogFiles: listCatalogFiles(document),
    driverVersion: date === undefined ? undefined : readDriverVersion(date, number),
    ...(extensionId === undefined ? {} : { extensionId }),
    isExtension: className?.toLowerCase() === 'extension' || classGuid?.toLowerCase() === EXTENSION_CLASS_GUID,
    models: listModels(document),
    copiedFiles: listCopiedFiles(document).map(({ path }) => path),
    strings: document.strings,
  };
}

function listCatalogFiles(document: InfDocument): CatalogFileName[] {
  return (findSection(document, 'Version')?.entries ?? []).flatMap((entry) => {
    const match = /^catalogfile(?:\.(.+))?$/iu.exec(entry.key?.text ?? '');
    const field = entry.fields[0];
    const name = field === undefined ? '' : expandField(document, field);
    return match === null || name === '' ? [] : [{ decoration: match[1], name }];
  });
}

/** The two parts of DriverVer; undefined when one of them is malformed. The version may be left out. */
function readDriverVersion(date: string, version: string | undefined): DriverVersion | undefined {
  const isoDate = parseDriverDate(date);
  const number = version === undefined || version === '' ? DEFAULT_VERSION : parseDriverVersionNumber(version);
  return isoDate === undefined || number === undefined ? undefined : { date: isoDate, version: number };
}

/** An ISO date from `mm/dd/yyyy` (`-` also separates); undefined for what is no date of the calendar. */
export function parseDriverDate(text: string): string | undefined {
  const match = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$/u.exec(text.trim());
  if (match === null) return undefined;
  const [month, day, year] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.toISOString().slice(0, 10) : undefined;
}

/** `w.x.y.z` with missing parts as 0 and without leading zeros; undefined when a part is no number of 0 to 65535. */
export function parseDriverVersionNumber(text: string): string | undefined {
  const parts = text.trim().split('.');
  if (parts.length > 4 || parts.some((part) => !/^\d{1,5}$/u.test(part) || Number(part) > MOST_VERSION_PART)) {
    return undefined;
  }
  return [0, 1, 2, 3].map((index) => Number(parts[index] ?? 0)).join('.');
}
