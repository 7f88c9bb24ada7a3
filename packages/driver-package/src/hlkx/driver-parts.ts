// Driver files in an HLK package, by a convention of this project: the part /drivers/<folder>/<path> is the file <path> of
// the driver in <folder>, each segment percent-encoded as UTF-8 where part names need it. How the kits themselves put
// drivers into a package is not public.
import { type OpcPackage, ParseError, type Part } from '@assay/authenticode';
import { DRIVERS_FOLDER, OPC_MEDIA_TYPE } from './vocabulary.ts';

export interface HlkxDriverFile {
  /** Path with `/`, the driver's folder first. Not yet judged: see normalizeMemberName and checkLayout. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  readonly part: Part;
}

export function isDriverPart(partName: string): boolean {
  return partName.toLowerCase().startsWith(DRIVERS_FOLDER);
}

function decodeName({ name, entry }: Part): string {
  try {
    return decodeURIComponent(name.slice(DRIVERS_FOLDER.length));
  } catch {
    throw new ParseError('opc', 'bad-driver-part', `the name of '${name}' is not UTF-8 when decoded`, entry.start);
  }
}

/**
 * The driver files of a package by the convention, in the order of the archive. Throws ParseError `bad-driver-part` for
 * parts there whose names cannot be decoded, and for those of relationships and signatures, whose bytes a signature of the
 * package does not cover.
 */
export function listDriverFiles({ parts }: OpcPackage): HlkxDriverFile[] {
  return parts
    .filter(({ name }) => isDriverPart(name))
    .map((part) => {
      if (OPC_MEDIA_TYPE.test(part.contentType)) {
        const message = `'${part.name}' has the type ${part.contentType}: no driver file can have it`;
        throw new ParseError('opc', 'bad-driver-part', message, part.entry.start);
      }
      return { name: decodeName(part), size: part.entry.size, part };
    });
}

/** The name of the part with the file of this path, which has `/` between its segments. */
export function driverPartName(path: string): string {
  return `${DRIVERS_FOLDER}${path.split('/').map(encodeURIComponent).join('/')}`;
}
