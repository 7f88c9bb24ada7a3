// Each INF has a [Version] section with the signature of Windows (InfVerif 1001, "INF Version Section").
import { findSection, findValue } from '../inf/index.ts';
import { infRule, versionLine } from './driver.ts';

/** Both mean Windows 2000 and later today. */
const SIGNATURES = ['$windows nt$', '$chicago$'];

export const versionSectionPresent = infRule('version-section-present', function* (inf) {
  const common = {
    code: 1001,
    severity: 'error',
    explanation:
      'Windows takes a file without this section and signature for no INF at all and does not install from it.',
    remedy: 'Add a [Version] section with the line: Signature = "$Windows NT$"',
  } as const;
  if (findSection(inf.document, 'Version') === undefined) {
    yield { ...common, summary: 'There is no [Version] section.' };
    return;
  }
  const signature = findValue(inf.document, 'Version', 'Signature');
  if (signature !== undefined && SIGNATURES.includes(signature.toLowerCase())) return;
  const found = signature === undefined ? 'has no Signature' : `has the Signature "${signature}"`;
  yield { ...common, line: versionLine(inf, 'Signature'), summary: `The [Version] section ${found}.` };
});
