// What `assay lint` looks at, as the rules want to see it: an INF, a folder of drivers, a cabinet or an HLKX package.
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { machineName, ParseError, pe, readPeImage, readSymbolFileName } from '@assay/authenticode';
import {
  type CheckedDriver,
  type CheckedFile,
  type CheckedInf,
  checkLayout,
  describeInf,
  type Finding,
  InfError,
  identifyContainer,
  openPackageContent,
  parseInf,
} from '@assay/driver-package';
import { listPackageFiles, type PackageFile } from '../catalogs/package-files.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { withFile } from '../with-file.ts';

export interface LintInput {
  readonly drivers: readonly CheckedDriver[];
  /** Findings from reading already, such as an INF that is none. */
  readonly findings: readonly Finding[];
  /** Rules that cannot be judged, because the files of the driver are not at hand. */
  readonly withoutRules: ReadonlySet<string>;
}

/** Bounds on what a package may unpack to. */
const LIMITS = { files: 100_000, totalBytes: 8 * 2 ** 30 };
const MAXIMUM_INF_BYTES = 16 * 1024 * 1024;
const HEAD_BYTES = 512;

/** What cannot be said of an INF alone. */
const RULES_ABOUT_FILES: ReadonlySet<string> = new Set([
  'architectures-agree',
  'copied-files-are-present',
  'files-are-used',
  'images-are-sound',
]);

/** A file with the name that is shown of it. */
interface NamedFile extends PackageFile {
  readonly shown: string;
}

async function readInf(file: NamedFile): Promise<CheckedInf | Finding> {
  const refuse = (summary: string, line?: number): Finding => ({
    rule: 'inf-is-readable',
    severity: 'error',
    file: file.shown,
    ...(line === undefined ? {} : { line }),
    summary,
    explanation: 'What is in the file cannot be read as an INF, so nothing else can be said of it.',
    remedy: 'Check that it is the file that you mean, and in which encoding it was saved.',
  });
  if (file.size > MAXIMUM_INF_BYTES) return refuse(`${file.size} bytes are too many for an INF.`);
  try {
    const document = parseInf(await readFile(file.path));
    return { path: file.shown, document, description: describeInf(document) };
  } catch (error) {
    if (error instanceof InfError) return refuse(error.message, error.line);
    throw error;
  }
}

/** What the rules want to know of a file; a damaged image is a file like any other here. */
async function readFacts(file: NamedFile): Promise<CheckedFile> {
  const flat = { path: file.shown, kind: 'flat' } as const;
  return withFile(file.path, async (source) => {
    if (!pe.identify(await source.read(0, Math.min(HEAD_BYTES, source.size)))) return flat;
    try {
      const image = await readPeImage(source);
      const { subsystem, sections } = image;
      const symbolFile = await readSymbolFileName(source, image);
      const machine = machineName(image.machine) ?? image.machine;
      const symbols = symbolFile === undefined ? {} : { symbolFile };
      return { path: file.shown, kind: 'pe', machine, subsystem, sections, ...symbols };
    } catch (error) {
      if (error instanceof ParseError) return flat;
      throw error;
    }
  });
}

async function readDriver(folder: string, files: readonly NamedFile[]): Promise<LintInput> {
  const infs: CheckedInf[] = [];
  const findings: Finding[] = [];
  for (const file of files) {
    if (!/\.inf$/i.test(file.name)) continue;
    const read = await readInf(file);
    if ('document' in read) infs.push(read);
    else findings.push(read);
  }
  const facts: CheckedFile[] = [];
  for (const file of files) facts.push(await readFacts(file));
  const driver: CheckedDriver = { folder, files: facts, infs, operatingSystems: [], at: new Date() };
  return { drivers: [driver], findings, withoutRules: new Set() };
}

function together(inputs: readonly LintInput[]): LintInput {
  return {
    drivers: inputs.flatMap(({ drivers }) => drivers),
    findings: inputs.flatMap(({ findings }) => findings),
    withoutRules: new Set(inputs.flatMap(({ withoutRules }) => [...withoutRules])),
  };
}

/** The outermost folders that hold an INF, as paths inside; the empty one is the folder itself. */
function driverRoots(files: readonly PackageFile[]): string[] {
  const folderOf = (name: string) => name.slice(0, Math.max(0, name.lastIndexOf('/')));
  const roots = [...new Set(files.filter(({ name }) => /\.inf$/i.test(name)).map(({ name }) => folderOf(name)))];
  return roots.filter(
    (root) => !roots.some((outer) => outer !== root && (outer === '' || root.startsWith(`${outer}/`))),
  );
}

async function readFolder(directory: string): Promise<LintInput> {
  const files = await listPackageFiles(directory);
  const roots = driverRoots(files);
  if (roots.length === 0) {
    throw new CommandError(EXIT.validationFailed, `${directory} holds no INF.`, 'Pass the folder of the driver.');
  }
  const inputs: LintInput[] = [];
  for (const root of roots) {
    const inside = root === '' ? files : files.filter(({ name }) => name.startsWith(`${root}/`));
    // The rules want the driver's folder first in each path; the path on disk is what a user can open.
    const folder = join(directory, root);
    inputs.push(
      await readDriver(
        folder,
        inside.map((file) => ({ ...file, shown: join(directory, file.name) })),
      ),
    );
  }
  return together(inputs);
}

/** Unpacks into a folder of our own under numbers, so that no name in the package becomes a path. */
async function readPackage(path: string): Promise<LintInput> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-lint-'));
  try {
    return await withFile(path, async (source) => {
      const content = await openPackageContent(source, LIMITS);
      const layout = checkLayout(content.files);
      const wanted = new Set(layout.folders.flatMap(({ files }) => files.map(({ index }) => index)));
      await content.unpack(async (index) => {
        if (!wanted.has(index)) return undefined;
        const handle = await open(join(directory, String(index)), 'wx', 0o600);
        return { write: (chunk) => handle.writeFile(chunk), close: () => handle.close() };
      });
      const inputs: LintInput[] = [{ drivers: [], findings: layout.findings, withoutRules: new Set() }];
      for (const { name: folder, files } of layout.folders) {
        const named = files.map(({ name, size, index }) => {
          return { name, size, path: join(directory, String(index)), shown: `${folder}/${name}` };
        });
        inputs.push(await readDriver(folder, named));
      }
      return together(inputs);
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function readSingleInf(path: string, size: number): Promise<LintInput> {
  const read = await readInf({ name: basename(path), path, size, shown: path });
  const findings = 'document' in read ? [] : [read];
  const infs = 'document' in read ? [read] : [];
  const driver: CheckedDriver = { folder: dirname(path), files: [], infs, operatingSystems: [], at: new Date() };
  return { drivers: [driver], findings, withoutRules: RULES_ABOUT_FILES };
}

/** Reads what `path` names. Throws CommandError when it is nothing that can be linted, ParseError for a malformed package. */
export async function readLintInput(path: string): Promise<LintInput> {
  const facts = await stat(path);
  if (facts.isDirectory()) return readFolder(path);
  const head = await withFile(path, (source) => source.read(0, Math.min(HEAD_BYTES, source.size)));
  if (identifyContainer(head) !== 'unknown') return readPackage(path);
  if (/\.(inf|inx)$/i.test(path)) return readSingleInf(path, facts.size);
  throw new CommandError(
    EXIT.usage,
    `${path} is neither an INF nor a folder, a cabinet or an HLKX package.`,
    'Pass a file that ends in .inf or .inx, or the folder of the driver.',
  );
}
