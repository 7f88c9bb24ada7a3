// The files that an INF takes from the driver package: what the CopyFiles directives of its install sections list, or the
// files named by `@`, each where [SourceDisksNames] and [SourceDisksFiles] say it lies.
import type { Architecture } from './decoration.ts';
import { expandField, findSection, type InfDocument, type InfEntry } from './document.ts';
import { listModels } from './models.ts';

export interface CopiedFile {
  /** Path inside the driver folder, with `/`. */
  readonly path: string;
  /** The line that names it, from 1. */
  readonly line: number;
  /** Whether [SourceDisksFiles], decorated or not, says where it lies. */
  readonly listed: boolean;
}

/** The sections that hold a table and its forms for platforms, such as [SourceDisksFiles.amd64]. */
type PlatformTable<Value> = (key: string, architecture: Architecture) => Value | undefined;

/** The architectures of an INF that names no device. */
const ANY_ARCHITECTURE: readonly Architecture[] = ['x86', 'amd64', 'arm', 'arm64'];

/**
 * Every file that some CopyFiles or CopyINF copies out of the package, once, for each architecture that the INF has
 * devices for. A file that is not in [SourceDisksFiles] is reported as not listed; missing sections are left out.
 */
export function listCopiedFiles(document: InfDocument): CopiedFile[] {
  const models = listModels(document).map((model) => model.architecture);
  const architectures = models.length === 0 ? ANY_ARCHITECTURE : [...new Set(models)];
  const disks = platformTable(document, 'sourcedisksnames', (fields) => fields[3] ?? '');
  const files = platformTable(document, 'sourcedisksfiles', ([disk = '', folder = '']) => ({ disk, folder }));
  const found = new Map<string, CopiedFile>();
  const add = (name: string, line: number): void => {
    for (const architecture of architectures) {
      const place = files(name, architecture);
      const path = joinPath(disks(place?.disk ?? '', architecture) ?? '', place?.folder ?? '', name);
      const key = path.toLowerCase();
      if (!found.has(key)) found.set(key, { path, line, listed: place !== undefined });
    }
  };

  const visited = new Set<string>();
  for (const section of document.sections.values()) {
    for (const entry of section.entries) {
      const directive = entry.key?.text.toLowerCase();
      if (directive === 'copyinf') {
        for (const field of entry.fields) if (field.text !== '') add(expandField(document, field), entry.line);
      }
      if (directive !== 'copyfiles') continue;
      for (const field of entry.fields) {
        const value = expandField(document, field);
        if (value.startsWith('@')) add(value.slice(1), entry.line);
        else if (value !== '' && !visited.has(value.toLowerCase())) {
          visited.add(value.toLowerCase());
          for (const line of findSection(document, value)?.entries ?? []) {
            const name = sourceName(document, line);
            if (name !== undefined) add(name, line.line);
          }
        }
      }
    }
  }
  return [...found.values()];
}

/** The source name of a line `destination[,source][,…]` of a file list section. */
function sourceName(document: InfDocument, entry: InfEntry): string | undefined {
  const [destination, source] = entry.fields.map((field) => expandField(document, field));
  return source || destination || undefined;
}

/** Looks a key up in the section for an architecture, then in the plain one. */
function platformTable<Value>(
  document: InfDocument,
  section: string,
  read: (fields: readonly string[]) => Value,
): PlatformTable<Value> {
  const tables = new Map<string, Map<string, Value>>();
  const table = (name: string): Map<string, Value> => {
    const known = tables.get(name);
    if (known !== undefined) return known;
    const values = new Map<string, Value>();
    for (const { key, fields } of findSection(document, name)?.entries ?? []) {
      if (key === undefined) continue;
      values.set(expandField(document, key).toLowerCase(), read(fields.map((field) => expandField(document, field))));
    }
    tables.set(name, values);
    return values;
  };
  return (key, architecture) =>
    table(`${section}.${architecture}`).get(key.toLowerCase()) ?? table(section).get(key.toLowerCase());
}

function joinPath(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split(/[\\/]/u))
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
