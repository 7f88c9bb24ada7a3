// First look at a package, without unpacking it: what it is, how it is laid out, and whose signature it carries.
import { readCabinet } from '@assay/authenticode';
import { checkLayout, type Finding, identifyContainer } from '@assay/driver-package';
import type { ExamineAnswer, ExamineRequest, PackageEntry } from '../protocol.ts';
import { examineHlkx } from './examine-hlkx.ts';
import { examineSignature } from './examine-signature.ts';
import { withFile } from './open-file.ts';
import { mostUnpackedBytes } from './unpacked-size.ts';

const HEAD_BYTES = 512;

const NOT_A_PACKAGE: Finding = {
  rule: 'package-is-a-cabinet',
  severity: 'error',
  summary: 'The uploaded file is not a cabinet.',
  explanation:
    'A driver package is submitted as a cabinet (.cab) whose folders hold one driver each; this file does not begin like one.',
  remedy: 'Make a cabinet with "assay pack", makecab or gcab and upload that file itself, not a zip of it.',
};

/** The answer for the package in `request.file`. Throws ParseError for one that is malformed. */
export async function examine(request: ExamineRequest): Promise<ExamineAnswer> {
  return await withFile(request.file, async (source): Promise<ExamineAnswer> => {
    const container = identifyContainer(await source.read(0, Math.min(HEAD_BYTES, source.size)));
    if (container === 'zip') return await examineHlkx(source, request);
    if (container === 'unknown') {
      const unsigned = { signerThumbprint: undefined, signerSubject: undefined };
      return { container, findings: [NOT_A_PACKAGE], entries: [], ...unsigned, hlk: undefined };
    }
    const { limits } = request;
    const cabinet = await readCabinet(source, {
      files: limits.files,
      totalBytes: mostUnpackedBytes(source.size, limits),
    });
    const layout = checkLayout(cabinet.files.map((file) => ({ name: file.name, size: file.size })));
    const entries: PackageEntry[] = layout.folders.flatMap((folder) =>
      folder.files.map((file) => ({ path: `${folder.name}/${file.name}`, size: file.size })),
    );
    const signature = await examineSignature(source, request, 'cabinet');
    return {
      container,
      findings: [...layout.findings, ...signature.findings],
      entries,
      ...signature.signer,
      hlk: undefined,
    };
  });
}
