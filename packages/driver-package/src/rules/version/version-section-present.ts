// Each INF has a [Version] section with the signature of Windows (InfVerif 1001, "INF Version Section").
import { findSection, findValue } from '../../inf/index.ts';
import { type Fault, infRule, versionPlace } from '../rule.ts';

/** Both mean Windows 2000 and later today. */
const SIGNATURES = ['$windows nt$', '$chicago$'];

const NO_SIGNATURE: Fault = {
  code: 1001,
  submission: true,
  what: 'The INF has no [Version] section, or one without the signature of Windows.',
  why: 'Windows takes a file without this section and signature for no INF at all and does not install from it.',
  remedy: 'Add a [Version] section with the line: Signature = "$Windows NT$"',
};

export const versionSectionPresent = infRule({
  id: 'version-section-present',
  faults: [NO_SIGNATURE],
  *check(inf) {
    if (findSection(inf.document, 'Version') === undefined) {
      yield { fault: NO_SIGNATURE, summary: 'There is no [Version] section.' };
      return;
    }
    const signature = findValue(inf.document, 'Version', 'Signature');
    if (signature !== undefined && SIGNATURES.includes(signature.toLowerCase())) return;
    const found = signature === undefined ? 'has no Signature' : `has the Signature "${signature}"`;
    yield { fault: NO_SIGNATURE, at: versionPlace(inf, 'Signature'), summary: `The [Version] section ${found}.` };
  },
});
