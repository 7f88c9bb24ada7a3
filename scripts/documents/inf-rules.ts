// The reference of rules for INFs and driver packages: each fault with its number, its levels, what it is and what to do.
import { INFVERIF_CODES, listRules } from '@assay/driver-package';
import { GENERATED, table } from './markdown.ts';

const SHORT = { error: 'E', warning: 'W', information: 'i' } as const;

export async function writeInfRules(): Promise<string> {
  const rules = listRules();
  const known = new Set(
    rules.flatMap(({ faults }) => faults.flatMap(({ code }) => (code === undefined ? [] : [code]))),
  );
  const rows = rules.flatMap(({ id, faults }) =>
    faults.map(({ code, levels, what, remedy, submission }) => [
      `\`${id}\``,
      code === undefined ? '' : String(code),
      ...(['basic', 'k', 'u', 'w', 'h'] as const).map((mode) => {
        const level = levels[mode];
        return level === undefined ? '–' : SHORT[level];
      }),
      submission ? 'yes' : '',
      what,
      remedy,
    ]),
  );
  return `${GENERATED}

# Rules for INFs and driver packages

Numbers are those that Microsoft's InfVerif gives the same fault; what has none is checked by other tools of Microsoft, or
by Assay alone. Of InfVerif's ${INFVERIF_CODES.length} numbers ${known.size} are checked.

The modes are InfVerif's: \`k\` declarative, \`u\` universal, \`w\` Windows driver (universal and isolated), \`h\` what a WHQL
signature demands; basic is without any. E is an error, W a warning, i information, – is not reported. "Refused" says
whether the service itself refuses a submission for it, whatever the mode.

${table(['rule', 'number', 'basic', 'k', 'u', 'w', 'h', 'refused', 'what', 'what to do'], rows)}

## Numbers that are not checked

Some need what is not in the package (the INFs of Windows, the registry of a running system), or a tool's own options;
others are about classes of devices for which no rule has been written yet:
${INFVERIF_CODES.filter((code) => !known.has(code)).join(', ')}.
`;
}
