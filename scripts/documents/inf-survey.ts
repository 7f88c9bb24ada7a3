// The survey of real INFs: what the rules found in them, by number and by file. What a look at the INFs gave is a table
// here, so that writing the survey again keeps it, and a finding that nobody has looked at stands out.
import type { Finding, Mode, RuleFacts } from '@assay/driver-package';
import type { SurveyedInf } from '../survey-infs.ts';
import { table } from './markdown.ts';

const MODES = ['basic', 'k', 'u', 'w', 'h'] as const;
type SurveyMode = Mode | 'basic';

/** Where the INFs come from: the revision, and the digest of its files that the verdicts below were given on. */
const REVISIONS: readonly {
  readonly of: string;
  readonly commit: string;
  readonly date: string;
  /** Of `digestOf`, in hexadecimal digits. */
  readonly digest: string;
}[] = [
  {
    of: 'microsoft/Windows-driver-samples',
    commit: '26a27df80772dbcfd69e6449b671d5c29eb5aedc',
    date: '2026-08-07',
    digest: 'ea4cdc3dd8a1b656ed4d3c7673ed3e79237efa7cca479193d1c0536ab91355ed',
  },
  {
    of: 'virtio-win/kvm-guest-drivers-windows',
    commit: 'fbcc19d763f92a8281abe364c7ea1de3de87e61d',
    date: '2026-07-22',
    digest: 'c7e3f11dfa4a68f3f7f86248a0ad38099e916ad7a9e3ea1b2623bfa0e515ad32',
  },
];

/** Pages of Microsoft that a verdict rests on, below https://learn.microsoft.com/windows-hardware/drivers/. */
const PAGES = {
  numbers: { title: 'INF validation errors', path: 'devtest/inf-validation-errors-and-warnings' },
  modes: { title: 'InfVerif options', path: 'devtest/running-infverif-from-the-command-line' },
  whql: { title: 'InfVerif /h', path: 'devtest/infverif_h' },
  binary: { title: 'InfVerif error 2084', path: 'devtest/inf-verif-error-2084' },
  stamp: { title: 'StampInf options', path: 'devtest/stampinf-command-options' },
  version: { title: 'Version section', path: 'install/inf-version-section' },
  driverVer: { title: 'DriverVer', path: 'install/inf-driverver-directive' },
  folders: { title: 'Dirids', path: 'install/using-dirids' },
  universal: { title: 'Universal INFs', path: 'install/using-a-universal-inf-file' },
  isolation: { title: 'Driver package isolation', path: 'develop/driver-isolation' },
  filters: { title: 'INFs of minifilters', path: 'ifs/creating-an-inf-file-for-a-minifilter-driver' },
} as const;

/**
 * `true`: the INF has the fault. `build`: the source has it, the INF that is built from it does not. `mode`: the INF is as it
 * was meant, and was not meant for the modes that report it. `false`: the rule is wrong.
 */
const VERDICTS = {
  true: 'true finding',
  build: 'matter of the build',
  mode: 'matter of the mode',
  false: '**false alarm**',
  open: '**no verdict yet**',
} as const;

/** What looking at the INFs gave, for one kind of finding of a number. The first that fits a finding is taken. */
interface Judgement {
  /** The number, or the rule where it has none. */
  readonly of: string;
  /** In which findings, by "path: summary"; all without it. */
  readonly when?: RegExp;
  /** In which modes; all without it. */
  readonly modes?: readonly SurveyMode[];
  readonly verdict: Exclude<keyof typeof VERDICTS, 'open'>;
  readonly page: keyof typeof PAGES;
  readonly reason: string;
}

const VARIABLE = /INX_PLATFORM_DRIVERS_DIR/u;

const JUDGEMENTS: readonly Judgement[] = [
  {
    of: '1001',
    verdict: 'true',
    page: 'numbers',
    reason: 'The file starts programs when a disk is inserted and is no driver INF at all; it only shares the ending.',
  },
  {
    of: '1002',
    when: /autorun/u,
    verdict: 'true',
    page: 'numbers',
    reason: 'The last line ends in a backslash, which joins it to a line that does not follow.',
  },
  {
    of: '1002',
    verdict: 'true',
    page: 'numbers',
    reason:
      'A comment in the manner of C opens above the first section, and C comments do not exist in INFs; Windows passes the line over, so this is information only.',
  },
  {
    of: '1017',
    verdict: 'true',
    page: 'numbers',
    reason: 'The service has the name that the published sample gives it, and the names of samples are reserved.',
  },
  {
    of: '1088',
    verdict: 'true',
    page: 'numbers',
    reason: 'The same key stands twice in [Version], and only one of the lines can take effect.',
  },
  {
    of: '1144',
    modes: ['u'],
    verdict: 'mode',
    page: 'numbers',
    reason: 'SoftwareType 1 starts a program, which only desktop editions do; the sample is a desktop component.',
  },
  {
    of: '1144',
    verdict: 'true',
    page: 'numbers',
    reason: 'SoftwareType 1 starts a program; outside universal INFs that deserves a warning, and no more is given.',
  },
  {
    of: '1203',
    verdict: 'true',
    page: 'numbers',
    reason: 'The section of PCI wake properties is nowhere in the file, and the file includes no other INF.',
  },
  {
    of: '1204',
    verdict: 'true',
    page: 'numbers',
    reason: 'The string behind Provider is Microsoft, which only Microsoft itself may use; the samples are its own.',
  },
  {
    of: '1205',
    verdict: 'true',
    page: 'numbers',
    reason: 'The same section is named by AddReg of the class and by DelReg of the uninstallation.',
  },
  {
    of: '1217',
    verdict: 'build',
    page: 'stamp',
    reason:
      'The version is empty, missing or shorter than four parts, against the form of DriverVer; the projects list the file for StampInf, which writes the whole directive.',
  },
  {
    of: '1218',
    verdict: 'build',
    page: 'stamp',
    reason: 'DriverVer is left empty in the source for StampInf to write the day of the build.',
  },
  {
    of: '1220',
    verdict: 'true',
    page: 'numbers',
    reason:
      'AddProperty names a section that is not in the file; a section of an included INF can be named by Needs alone, and if those lack it too the number would be 1203.',
  },
  {
    of: '1234',
    verdict: 'build',
    page: 'stamp',
    reason: 'DriverVer is missing or empty in the source; StampInf puts it into [Version] when the driver is built.',
  },
  {
    of: '1235',
    when: VARIABLE,
    verdict: 'build',
    page: 'numbers',
    reason: 'The project replaces the word by 12 or 13 before StampInf runs, so the built INF has %12% or %13% there.',
  },
  {
    of: '1235',
    verdict: 'true',
    page: 'numbers',
    reason: 'The file uses %REG_SZ% as flags and does not define it in [Strings].',
  },
  {
    of: '1243',
    when: VARIABLE,
    verdict: 'build',
    page: 'folders',
    reason: 'The project replaces the word by 12 or 13, which are numbers of folders.',
  },
  {
    of: '1268',
    verdict: 'true',
    page: 'numbers',
    reason: 'The flags are a string token without a definition, so they are no number.',
  },
  {
    of: '1284',
    verdict: 'true',
    page: 'numbers',
    reason: 'The class is Sample, which the author of a real driver has to replace; samples are said to give this.',
  },
  {
    of: '1296',
    verdict: 'true',
    page: 'numbers',
    reason:
      'The only service of the device is added with flags 0, thus as a filter, and no INF of Windows is needed for the function driver.',
  },
  {
    of: '1297',
    verdict: 'true',
    page: 'numbers',
    reason: 'There is no [Manufacturer] and no [DefaultInstall]: the file is no driver INF.',
  },
  {
    of: '1300',
    verdict: 'true',
    page: 'universal',
    reason: 'The file has a section of co-installers, here to install the framework on systems before Windows 8.',
  },
  {
    of: '1301',
    verdict: 'true',
    page: 'universal',
    reason: 'LogConfig is among the directives that a universal INF may not have.',
  },
  {
    of: '1303',
    verdict: 'true',
    page: 'numbers',
    reason: 'CoInstallers32 is set for the co-installer of the framework, which Windows no longer runs.',
  },
  {
    of: '1304',
    verdict: 'true',
    page: 'universal',
    reason:
      'The value is written under HKLM, where Windows looks for multipath drivers and random number providers; of HKLM only COM classes and media transforms are allowed.',
  },
  {
    of: '1305',
    verdict: 'true',
    page: 'numbers',
    reason: 'The flags append to a list that several drivers share.',
  },
  {
    of: '1309',
    verdict: 'true',
    page: 'universal',
    reason: 'The hardware section deletes values that an older driver left, which DelReg of a universal INF may not.',
  },
  {
    of: '1321',
    when: /HKCR/u,
    verdict: 'mode',
    page: 'whql',
    reason:
      'A COM class is registered under HKCR: not isolated, so wrong for a Windows driver, yet among the exceptions of a WHQL signature.',
  },
  {
    of: '1321',
    verdict: 'mode',
    page: 'whql',
    reason: 'A value below the control set of HKLM: not isolated, yet among the exceptions of a WHQL signature.',
  },
  {
    of: '1322',
    when: /filesys\/miniFilter/u,
    verdict: 'mode',
    page: 'modes',
    reason:
      'Only the sections for Windows before build 25952 copy to 12, the newer ones copy to 13; InfVerif leaves the older out with /wbuild.',
  },
  {
    of: '1322',
    when: /network\/ndis\/(?:filter|mux|ndisprot)\//u,
    verdict: 'mode',
    page: 'modes',
    reason:
      'Only the models for Windows before builds 25319 or 25341 copy to 11 or 12, the newer ones copy to 13; InfVerif leaves the older out with /wbuild.',
  },
  {
    of: '1322',
    verdict: 'mode',
    page: 'isolation',
    reason:
      'The file goes to 11, 12 or SysWOW64 and not to the driver store: not isolated, yet among the exceptions of a WHQL signature.',
  },
  {
    of: '1323',
    when: /filesys\/miniFilter/u,
    modes: ['w'],
    verdict: 'mode',
    page: 'modes',
    reason:
      'The file has two installations and only that for Windows before build 25952 keeps the instances beside Parameters; InfVerif leaves it out with /wbuild.',
  },
  {
    of: '1323',
    verdict: 'true',
    page: 'isolation',
    reason: 'TextModeFlags is set on the key of the service itself, by an INF for every version of Windows.',
  },
  {
    of: '1324',
    when: /autorun/u,
    verdict: 'true',
    page: 'numbers',
    reason: 'Without [Version] there is no PnpLockdown either; the file is no driver INF.',
  },
  {
    of: '1324',
    verdict: 'true',
    page: 'numbers',
    reason: '[Version] has no PnpLockdown line.',
  },
  {
    of: '1329',
    verdict: 'true',
    page: 'numbers',
    reason: 'UpperFilters or LowerFilters is written as a value; from Windows 10 1903 on a section of filters does it.',
  },
  {
    of: '2009',
    verdict: 'true',
    page: 'version',
    reason: 'Both keys belonged to the installation frameworks of old and are called deprecated.',
  },
  {
    of: '2083',
    verdict: 'true',
    page: 'numbers',
    reason: 'The sections are those of a file for disks, and no directive of an INF leads to them.',
  },
  {
    of: '2084',
    when: /(?:echoum|virtualserial2um)\.inx: .*WUDFRd/u,
    verdict: 'mode',
    page: 'binary',
    reason:
      'A file of Windows is named by the models before build 22000, which was usual then; the newer models include wudfrd.inf instead.',
  },
  {
    of: '2084',
    when: /fakemodem2um/u,
    verdict: 'true',
    page: 'binary',
    reason:
      'WUDFRd.sys is a file of Windows, which an INF that also serves Windows 11 has to take by Include and Needs.',
  },
  {
    of: '2084',
    when: /vioprot/u,
    verdict: 'true',
    page: 'binary',
    reason: 'The list that should copy the program of the service is empty: the program comes by another way.',
  },
  {
    of: '2084',
    when: /qemupciserial/u,
    verdict: 'true',
    page: 'binary',
    reason: 'serial.sys and serenum.sys are drivers of Windows; the file lists them as sources and never copies them.',
  },
  {
    of: '2085',
    when: VARIABLE,
    verdict: 'build',
    page: 'folders',
    reason: 'The project replaces the word by 12 or 13, so the built path begins with the number of a folder.',
  },
  {
    of: 'driver-version-is-valid',
    when: /toastpkg\/inf\/toastpkg/u,
    verdict: 'true',
    page: 'driverVer',
    reason:
      'No project of the repository stamps this file, so the date of 2006 stays; it has to be that of the newest file.',
  },
  {
    of: 'driver-version-is-valid',
    verdict: 'build',
    page: 'stamp',
    reason: 'The date is that of the source; StampInf writes the day of the build in its place.',
  },
];

/** Findings of one number that share a verdict. */
interface Group {
  readonly number: string;
  readonly rule: string;
  readonly judgement: Judgement | undefined;
  readonly counts: Record<SurveyMode, number>;
  readonly files: Set<string>;
  /** File and line of one of them. */
  readonly example: string;
}

export interface Survey {
  readonly page: string;
  /** Numbers that have findings which no verdict fits. */
  readonly unjudged: readonly string[];
  /** Numbers of verdicts that no finding is left for. */
  readonly idle: readonly string[];
}

const shown = (path: string): string => path.replace('+', '/');
const numberOf = ({ code, rule }: Finding): string => (code === undefined ? rule : String(code));

function judge(path: string, finding: Finding, mode: SurveyMode): Judgement | undefined {
  const number = numberOf(finding);
  return JUDGEMENTS.find(
    ({ of, when, modes }) =>
      of === number && when?.test(`${path}: ${finding.summary}`) !== false && modes?.includes(mode) !== false,
  );
}

function group(infs: readonly SurveyedInf[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { path, findings } of infs) {
    for (const mode of MODES) {
      for (const finding of findings[mode]) {
        const number = numberOf(finding);
        const judgement = judge(path, finding, mode);
        const key = `${number} ${judgement === undefined ? '' : JUDGEMENTS.indexOf(judgement)}`;
        const place = finding.line === undefined ? '' : `:${finding.line}`;
        const known = groups.get(key) ?? {
          number,
          rule: finding.rule,
          judgement,
          counts: { basic: 0, k: 0, u: 0, w: 0, h: 0 },
          files: new Set<string>(),
          example: `${shown(path)}${place}`,
        };
        known.counts[mode] += 1;
        known.files.add(path);
        groups.set(key, known);
      }
    }
  }
  return [...groups.values()].sort((a, b) => a.number.localeCompare(b.number));
}

function groupRow({ number, rule, judgement, counts, files, example }: Group): string[] {
  const page = judgement === undefined ? undefined : PAGES[judgement.page];
  return [
    number === rule ? '' : number,
    `\`${rule}\``,
    ...MODES.map((mode) => (counts[mode] === 0 ? '' : String(counts[mode]))),
    String(files.size),
    VERDICTS[judgement?.verdict ?? 'open'],
    judgement?.reason ?? '',
    page === undefined ? '' : `[${page.title}](https://learn.microsoft.com/windows-hardware/drivers/${page.path})`,
    example,
  ];
}

/** What a collection is, and whether its files are those that were looked into. */
function sourceLine(name: string, files: number, digest: string | undefined): string {
  const revision = REVISIONS.find(({ of }) => of === name);
  const count = `- \`${name}\`: ${files} INF and INX files`;
  if (revision === undefined) return `${count}, of a revision that is not recorded.`;
  const { commit, date } = revision;
  if (digest !== revision.digest) return `${count}, **not** those of commit \`${commit}\` that the verdicts are about.`;
  return `${count}, every one of commit \`${commit}\` (${date}); SHA-256 of them together \`${digest}\`.`;
}

/**
 * The survey as a page, with what it lacks. `digests` are those of the files of each collection, by the name of its folder
 * (owner+name).
 */
export function writeSurvey(
  infs: readonly SurveyedInf[],
  rules: readonly RuleFacts[],
  digests: ReadonlyMap<string, string>,
): Survey {
  const groups = group(infs);
  const collections = Map.groupBy(infs, ({ path }) => path.split('/')[0] ?? '');
  const errorsOf = (inf: SurveyedInf, mode: SurveyMode): string => {
    const errors = inf.findings[mode].filter(({ severity }) => severity === 'error');
    return [...new Set(errors.map(numberOf))].sort().join(' ');
  };
  const sound = (mode: SurveyMode): number =>
    infs.filter((inf) => inf.unreadable === undefined && errorsOf(inf, mode) === '').length;
  const used = new Set(groups.map(({ judgement }) => judgement));
  const verdictRows = (['true', 'build', 'mode', 'false', 'open'] as const).map((verdict) => {
    const those = groups.filter(({ judgement }) => (judgement?.verdict ?? 'open') === verdict);
    const numbers = [...new Set(those.map(({ number }) => number))];
    const files = new Set(those.flatMap((each) => [...each.files]));
    return { verdict, row: [VERDICTS[verdict], String(those.length), String(files.size), numbers.join(' ')] };
  });
  const page = `<!-- Written by \`node scripts/survey-infs.ts FOLDER\`, from INFs that are not part of this repository. -->

# What the rules say of real INFs

${[...collections].map(([name, files]) => sourceLine(shown(name), files.length, digests.get(name))).join('\n')}

${infs.length} files were read, ${infs.filter(({ unreadable }) => unreadable !== undefined).length} could not be. They are as git checks them out, which for the samples of Microsoft means UTF-16.
Each was judged alone, as StampInf would leave it for amd64 as far as \`$ARCH$\` goes, and with the files it copies taken to
be there. The ${rules.length} rules were held against it.

Without an error: ${MODES.map((mode) => `${sound(mode)} in mode ${mode}`).join(', ')}.

## Verdicts

Findings were looked up in the INFs, at the line they name, in two files at least of each kind (in all where there are
fewer). A kind is a number together with what the INF does there.

- **True finding**: the INF has the fault.
- **Matter of the build**: the source has the fault; what is built from it does not, as the project fills the place in.
- **Matter of the mode**: the INF is as it was meant, but not meant for the modes that report it.
- **False alarm**: the rule says what Microsoft's description of the number does not bear out. Those that were found are mended:
  1306 for SysWOW64 by its own number (16425); 1323 and 2084 in mode h for installations that only Windows before 24H2 or
  Windows 11 takes; 1203 on the optional section of AddInterface; 1333 between sections for different Windows; 1296 and 1309
  on network components; 1103 on harmless flags; 1293 on WUDFRd; 1422 on LegacyUninstall.

${table(
  ['verdict', 'kinds', 'files', 'numbers'],
  verdictRows.filter(({ row }) => row[1] !== '0').map(({ row }) => row),
)}

## By number

Findings in each mode, the files they are in, the verdict, and the page of Microsoft that it rests on.

${table(
  ['number', 'rule', ...MODES, 'files', 'verdict', 'reason', 'by', 'example'],
  groups.map((each) => groupRow(each)),
)}

## By file

Numbers of errors in basic validation, and those that mode \`w\` adds.

${table(
  ['file', 'basic', 'added by w'],
  infs
    .map((inf) => {
      const basic = errorsOf(inf, 'basic');
      const known = new Set(basic.split(' '));
      const added = errorsOf(inf, 'w')
        .split(' ')
        .filter((code) => code !== '' && !known.has(code));
      return [shown(inf.path), inf.unreadable ?? basic, added.join(' ')];
    })
    .filter(([, basic, added]) => basic !== '' || added !== ''),
)}
`;
  return {
    page,
    unjudged: [...new Set(groups.filter(({ judgement }) => judgement === undefined).map(({ number }) => number))],
    idle: [...new Set(JUDGEMENTS.filter((each) => !used.has(each)).map(({ of }) => of))],
  };
}
