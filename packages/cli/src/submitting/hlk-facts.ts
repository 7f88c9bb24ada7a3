// What an HLK package says about the systems and product types that it was tested for.
import { identifyContainer, readHlkx } from '@assay/driver-package';
import { withFile } from '../with-file.ts';

const HEAD_BYTES = 16;

export interface HlkFacts {
  /** Codes for `requestedSignatures`. */
  readonly operatingSystemCodes: readonly string[];
  /** Best product type by operating system family, for `selectedProductTypes`. */
  readonly productTypes: Readonly<Record<string, string>>;
}

/** Undefined when the package is a cabinet. Throws ParseError when it is a malformed HLK package. */
export function readHlkFacts(path: string): Promise<HlkFacts | undefined> {
  return withFile(path, async (source) => {
    const head = await source.read(0, Math.min(source.size, HEAD_BYTES));
    return identifyContainer(head) === 'zip' ? await readHlkx(source, { fileName: path }) : undefined;
  });
}
