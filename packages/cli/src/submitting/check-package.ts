// What can be said about a package before it is sent, so that no product is made in vain for one that must be refused.
import type { FileHandle } from 'node:fs/promises';
import { fileSource, ParseError, readCabinet } from '@assay/authenticode';
import { checkLayout, identifyContainer } from '@assay/driver-package';
import type { CodeTables } from '@assay/hardware-api';
import { CommandError, EXIT } from '../exit-codes.ts';
import { describeFinding, errorsAmong } from '../findings.ts';

const HEAD_BYTES = 16;

/** Checks a package file. Returns warnings; throws CommandError for what the service is sure to refuse. */
export async function checkPackage(handle: FileHandle, path: string, size: number): Promise<string[]> {
  const source = fileSource(handle, size);
  const kind = identifyContainer(await source.read(0, Math.min(size, HEAD_BYTES)));
  if (kind === 'zip') return [];
  if (kind === 'unknown') {
    throw new CommandError(
      EXIT.validationFailed,
      `${path} is not a cabinet.`,
      'Make one with "assay pack DIR --out x.cab".',
    );
  }
  try {
    const cabinet = await readCabinet(source);
    const errors = errorsAmong(checkLayout(cabinet.files).findings);
    if (errors.length > 0) throw new CommandError(EXIT.validationFailed, errors.map(describeFinding).join('\n'));
    return cabinet.signature === undefined
      ? [
          `${path} is not signed. The service takes only packages that are signed with a certificate registered to the account.`,
        ]
      : [];
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new CommandError(
      EXIT.validationFailed,
      `${path} is not a cabinet that can be read: ${error.message}`,
      'Make it again.',
    );
  }
}

/** Codes that share the beginning of a wrong one, as a hint. */
function similarCodes(code: string, codes: CodeTables): string {
  const wanted = code.toLowerCase().replace(/[^a-z0-9]/g, '');
  const score = (known: string) => {
    const text = known.toLowerCase().replace(/[^a-z0-9]/g, '');
    let length = 0;
    while (length < text.length && text[length] === wanted[length]) length++;
    return length;
  };
  return codes.operatingSystems
    .filter(({ status }) => status !== 'rejected')
    .map((system) => ({ code: system.code, score: score(system.code) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map((system) => system.code)
    .join(', ');
}

/** The codes of `--signatures` in their documented spelling. */
export function readSignatures(wanted: readonly string[], codes: CodeTables): string[] {
  const signatures = wanted.map((code) => {
    const system = codes.findOperatingSystem(code);
    if (system !== undefined) return system.code;
    throw new CommandError(
      EXIT.validationFailed,
      `"${code}" is not a known operating system code.`,
      `Codes look like WINDOWS_v100_X64_GE_FULL; near ones: ${similarCodes(code, codes)}. --codes FILE adds codes.`,
    );
  });
  return [...new Set(signatures)];
}

/** The pairs of `--product-type FAMILY=TYPE`. */
export function readProductTypes(pairs: readonly string[], codes: CodeTables): Record<string, string> {
  const entries = pairs.map((pair): [string, string] => {
    const separator = pair.indexOf('=');
    const [code, name] = [pair.slice(0, Math.max(0, separator)).trim(), pair.slice(separator + 1).trim()];
    const family = codes.findOperatingSystemFamily(code);
    const type = codes.findProductType(name);
    if (separator < 0 || family === undefined || type === undefined) {
      throw new CommandError(
        EXIT.validationFailed,
        `"${pair}" is not an operating system family and a product type.`,
        'Write for example --product-type windows_v100_GE=Unclassified.',
      );
    }
    return [family.code, type.name];
  });
  return Object.fromEntries(entries);
}
