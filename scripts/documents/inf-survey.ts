// The survey of real INFs: what the rules found in them, by number and by file. Notes on numbers that were looked into by
// hand come from a table here, so that writing the survey again keeps them.
import type { RuleFacts } from '@assay/driver-package';
import type { SurveyedInf } from '../survey-infs.ts';
import { table } from './markdown.ts';

/** What looking at the findings of a number by hand gave. */
const NOTES: readonly { readonly of: string; readonly note: string }[] = [
  { of: '1001', note: '`autorun.inf` is a file for the autostart of disks, which has the same ending. Right.' },
  {
    of: '1002',
    note: 'Several files begin with a comment in the manner of C before the first section. Windows passes it over, so this is information only. `autorun.inf` ends in a backslash. Right.',
  },
  { of: '1088', note: 'PnpLockdown or other keys stand twice in [Version]. Right.' },
  { of: '1203', note: 'A section of pci.inf is named without including it. Right.' },
  { of: '1204', note: 'Samples with Microsoft as the provider. Right.' },
  {
    of: '1217',
    note: 'Sources without a version, or with fewer than four parts. StampInf writes it when the driver is built, so this is no fault of the built INF.',
  },
  { of: '1218', note: 'Sources without a date: StampInf writes it. Not a fault of the built INF.' },
  { of: '1220', note: 'A section of pci.inf is named by AddProperty. Right.' },
  { of: '1234', note: 'Sources without DriverVer: StampInf writes it. Not a fault of the built INF.' },
  {
    of: '1235',
    note: 'INX_PLATFORM_DRIVERS_DIR is put in by the build of that project. %REG_SZ% in a sample is right.',
  },
  { of: '1243', note: 'The same variable of a build, as a folder. Not a fault of the built INF.' },
  { of: '2085', note: 'The same variable of a build, in ServiceBinary. Not a fault of the built INF.' },
  { of: '1268', note: '%REG_SZ% that is not defined stands for flags. Right.' },
  { of: '1284', note: 'Samples of the class Sample, which is meant to be replaced. Right.' },
  { of: '1296', note: 'A modem that relies on a filter alone. Right by the description of the number.' },
  { of: '1300', note: 'Co-installers. Right.' },
  { of: '1301', note: 'LogConfig. Right.' },
  { of: '1303', note: 'Co-installers. Right.' },
  { of: '1304', note: 'Providers of random numbers and of multipath are registered under HKLM. Right.' },
  { of: '1305', note: 'Lists that several drivers share are appended to. Right.' },
  { of: '1309', note: 'DelReg on the key of a device. Right.' },
  {
    of: '1321',
    note: 'COM classes and others outside HKR: samples that are not isolated. Right; with `h` nothing is left.',
  },
  { of: '1322', note: 'Samples that are not isolated. Right; with `h` nothing is left.' },
  { of: '1323', note: 'File system filters keep their instances beside Parameters, in the old place. Right for `w`.' },
  { of: '1324', note: 'No PnpLockdown. Right.' },
  { of: '1329', note: 'Filters by registry value. Right.' },
  { of: '2009', note: 'Keys that Windows no longer reads. Right.' },
  { of: '2083', note: 'Sections of `autorun.inf`. Right.' },
  {
    of: '2084',
    note: 'Services that run a file of Windows (WUDFRd.sys, serial.sys), and one of a package that another INF copies. Right by the description of the number.',
  },
  { of: 'driver-version-is-valid', note: 'Dates in sources, which StampInf replaces.' },
  { of: '1144', note: 'Device software that runs a program. Right.' },
  { of: '1205', note: 'One section for AddReg and DelReg. Right.' },
  { of: '1306', note: 'A library for 32-bit programs in the folder of 32-bit programs. Right.' },
  { of: '1297', note: '`autorun.inf` installs no device. Right.' },
];

/** The survey as a page. */
export function writeSurvey(infs: readonly SurveyedInf[], rules: readonly RuleFacts[]): string {
  const modes = ['basic', 'k', 'u', 'w', 'h'] as const;
  const counts = new Map<string, Record<(typeof modes)[number], number> & { files: Set<string> }>();
  for (const { path, findings } of infs) {
    for (const mode of modes) {
      for (const { rule, code } of findings[mode]) {
        const key = code === undefined ? rule : String(code);
        const row = counts.get(key) ?? { basic: 0, k: 0, u: 0, w: 0, h: 0, files: new Set<string>() };
        row[mode] += 1;
        row.files.add(path);
        counts.set(key, row);
      }
    }
  }
  const whatOf = new Map(
    rules.flatMap(({ id, faults }) => faults.map(({ code, what }) => [code === undefined ? id : String(code), what])),
  );
  const rows = [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([key, row]) => [
      key,
      ...modes.map((mode) => (row[mode] === 0 ? '' : String(row[mode]))),
      String(row.files.size),
      whatOf.get(key) ?? '',
      NOTES.find(({ of }) => of === key)?.note ?? '',
    ]);
  const collections = Map.groupBy(infs, ({ path }) => path.split('/')[0] ?? '');
  const errorsOf = (inf: SurveyedInf, mode: (typeof modes)[number]): string => {
    const errors = inf.findings[mode].filter(({ severity }) => severity === 'error');
    return [...new Set(errors.map(({ code, rule }) => String(code ?? rule)))].sort().join(' ');
  };
  const sound = (mode: (typeof modes)[number]): number =>
    infs.filter((inf) => inf.unreadable === undefined && errorsOf(inf, mode) === '').length;
  return `<!-- Written by \`node scripts/survey-infs.ts FOLDER\`, from INFs that are not part of this repository. -->

# What the rules say of real INFs

${[...collections].map(([name, files]) => `- \`${name.replace('+', '/')}\`: ${files.length} INF and INX files`).join('\n')}

${infs.length} files were read, ${infs.filter(({ unreadable }) => unreadable !== undefined).length} could not be. Each was judged alone, as StampInf would leave it for amd64 as far
as \`$ARCH$\` goes, and with the files it copies taken to be there.

Without an error: ${modes.map((mode) => `${sound(mode)} in mode ${mode}`).join(', ')}.

## By number

Findings in each mode, the files they are in, and what a look at them gave.

${table(['number', ...modes, 'files', 'what', 'looked into'], rows)}

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
      return [inf.path.replace('+', '/'), inf.unreadable ?? basic, added.join(' ')];
    })
    .filter(([, basic, added]) => basic !== '' || added !== ''),
)}
`;
}
