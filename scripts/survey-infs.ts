// `node scripts/survey-infs.ts FOLDER`: holds every INF and INX under a folder against the rules, as StampInf would leave
// them for amd64, and writes docs/reference/inf-survey.md: what was found, by number and by file. A collection of INFs is a
// folder in it named owner+name, with the files as git checks them out. Ends with 1 when a finding has no verdict yet.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import {
  checkDriver,
  describeInf,
  type Finding,
  InfError,
  listCopiedFiles,
  listRules,
  MODES,
  type Mode,
  parseInf,
} from '@assay/driver-package';
import { writeSurvey } from './documents/inf-survey.ts';

const ROOT = join(import.meta.dirname, '..');
const TARGET = join(ROOT, 'docs/reference/inf-survey.md');

export interface SurveyedInf {
  /** Path from the folder, with slashes; its first part is the collection. */
  readonly path: string;
  /** Findings by mode; basic validation is `basic`. */
  readonly findings: Readonly<Record<Mode | 'basic', readonly Finding[]>>;
  /** Why it cannot be read at all. */
  readonly unreadable?: string;
}

/** Reads and judges one INF, alone: every file that it copies is taken to be there. */
export function surveyInf(path: string, bytes: Uint8Array): SurveyedInf {
  const none: readonly Finding[] = [];
  try {
    const document = parseInf(bytes, { architecture: 'amd64' });
    const name = `driver/${path.slice(path.lastIndexOf('/') + 1).replace(/inx$/iu, 'inf')}`;
    const driver = {
      folder: 'driver',
      files: [name, ...listCopiedFiles(document).map((file) => `driver/${file.path}`)].map((file) => ({
        path: file,
        kind: 'flat' as const,
      })),
      infs: [{ path: name, document, description: describeInf(document) }],
      operatingSystems: [],
    };
    const judge = (mode?: Mode) => checkDriver(driver, { mode });
    return {
      path,
      findings: {
        basic: judge(),
        ...(Object.fromEntries(MODES.map((mode) => [mode, judge(mode)])) as Record<Mode, Finding[]>),
      },
    };
  } catch (error) {
    if (!(error instanceof InfError)) throw error;
    return { path, findings: { basic: none, k: none, u: none, w: none, h: none }, unreadable: error.message };
  }
}

/** Digest of a collection: SHA-256 of the lines "path SHA-256-of-the-file", in the order of the paths. */
function digestOf(files: readonly { readonly path: string; readonly bytes: Uint8Array }[]): string {
  const hash = createHash('sha256');
  for (const { path, bytes } of files) hash.update(`${path} ${createHash('sha256').update(bytes).digest('hex')}\n`);
  return hash.digest('hex');
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    console.error('usage: node scripts/survey-infs.ts FOLDER');
    process.exit(2);
  }
  const names = await readdir(folder, { recursive: true });
  const files: { path: string; bytes: Uint8Array }[] = [];
  for (const name of names.filter((text) => /\.(?:inf|inx)$/iu.test(text)).sort()) {
    const path = relative(folder, join(folder, name)).split(sep).join('/');
    files.push({ path, bytes: await readFile(join(folder, name)) });
  }
  const collections = Map.groupBy(files, ({ path }) => path.split('/')[0] ?? '');
  const digests = new Map([...collections].map(([name, those]) => [name, digestOf(those)]));
  const surveyed = files.map(({ path, bytes }) => surveyInf(path, bytes));
  const { page, unjudged, idle } = writeSurvey(surveyed, listRules(), digests);
  await mkdir(dirname(TARGET), { recursive: true });
  await writeFile(TARGET, page);
  console.log(`${surveyed.length} files: ${relative(ROOT, TARGET)}`);
  if (idle.length > 0) console.log(`Verdicts that no finding is left for: ${idle.join(' ')}`);
  if (unjudged.length > 0) {
    console.error(`Findings without a verdict: ${unjudged.join(' ')}`);
    process.exitCode = 1;
  }
}
