// Verified files for people: a table of all, and for those that need it what holds and what does not, policy by policy.
import { POLICIES, type PolicyResult, type PolicyVerdict } from '@assay/authenticode';
import { printTable } from '../output.ts';
import type { VerifiedItem } from './verification.ts';

const VERDICTS: Readonly<Record<PolicyVerdict, string>> = {
  met: 'yes',
  notMet: 'NO',
  notChecked: 'not checked',
  notApplicable: 'does not apply',
};

const WIDTH = 100;

/** The text broken into lines at spaces. */
function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= WIDTH - indent.length) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((each) => `${indent}${each}\n`).join('');
}

function printPolicy({ policy, verdict, explanation, remedy }: PolicyResult): void {
  const { stdout } = process;
  stdout.write(`  ${VERDICTS[verdict].padEnd(15)}${POLICIES[policy].title}\n`);
  stdout.write(wrap(explanation, ' '.repeat(17)));
  if (remedy !== undefined) stdout.write(wrap(`To mend it: ${remedy}`, ' '.repeat(17)));
}

/** Prints what a verification found. What does not apply is left out. */
function explainItem({ file, policies, signatures }: VerifiedItem): void {
  process.stdout.write(`\n${file}\n`);
  for (const signature of signatures) {
    const nested = signature.nestedIn === undefined ? '' : `, nested in signature ${signature.nestedIn + 1}`;
    const stamp = signature.trustedTime === undefined ? '' : `, stamped ${signature.trustedTime}`;
    process.stdout.write(
      `  signature ${signature.index + 1}${nested}: ${signature.digestAlgorithm ?? 'unreadable'} by ${signature.signer ?? 'an unknown signer'}${stamp}\n`,
    );
  }
  for (const result of policies) if (result.verdict !== 'notApplicable') printPolicy(result);
}

/** Prints all items as a table, with explanations for `explain` or for what failed. */
export function printItems(items: readonly VerifiedItem[], explain: boolean): void {
  printTable(
    ['RESULT', 'FILE', 'FORMAT', 'THROUGH', 'SIGNER', 'STAMPED'],
    items.map((item) => [
      item.ok ? 'ok' : 'FAILED',
      item.file,
      item.format === 'unknown' ? '' : item.format,
      item.catalog === undefined ? 'own signature' : `catalog ${item.catalog}`,
      item.signer,
      item.trustedTime,
    ]),
  );
  for (const item of items) if (explain || (!item.ok && item.signatures.length > 0)) explainItem(item);
}
