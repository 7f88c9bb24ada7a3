// `assay catalog`: makes, lists, checks and signs security catalogs.
import { open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  type ByteSource,
  checkPackage,
  createCatalogFromFiles,
  driverCatalogAttributes,
  fileSource,
  parseCatalog,
} from '@assay/authenticode';
import { BUILT_IN_CODES } from '@assay/hardware-api';
import { Command, Option } from 'commander';
import { refuseExisting, writeAtomically } from '../atomic-file.ts';
import { defaultSystems, readDriverFacts } from '../catalogs/driver-facts.ts';
import { listPackageFiles, type PackageFile } from '../catalogs/package-files.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { addOutputOptions, type OutputOptions, printFields, printResult, printTable } from '../output.ts';
import { createProgress, type Progress } from '../progress.ts';
import { addKeyOptions, KEY_HELP } from '../signing/key-options.ts';
import { addSignOptions } from '../signing/sign-options.ts';
import { sourceDate } from '../source-date.ts';
import { readSignatures } from '../submitting/check-package.ts';
import { type SignCommandOptions, signFiles } from './sign.ts';

interface CreateOptions extends OutputOptions {
  readonly out: string;
  readonly catalogVersion: '1' | '2';
  readonly os: readonly string[];
  readonly force?: boolean;
  readonly quiet?: boolean;
}

/** The files one after another, each open while it is looked at. */
async function* openEach(
  files: readonly PackageFile[],
  progress: Progress,
): AsyncGenerator<{ readonly path: string; readonly source: ByteSource }> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const file of files) {
    const handle = await open(file.path, 'r');
    try {
      yield { path: file.name, source: fileSource(handle, file.size) };
    } finally {
      await handle.close();
    }
    done += file.size;
    progress.count('reading', done, total);
  }
}

async function create(directory: string, options: CreateOptions): Promise<void> {
  await refuseExisting(options.out, options.force === true);
  const progress = createProgress(options.quiet === true);
  const files = await listPackageFiles(directory);
  const facts = await readDriverFacts(files);
  const systems =
    options.os.length === 0
      ? defaultSystems(facts.architectures, BUILT_IN_CODES)
      : readSignatures(options.os, BUILT_IN_CODES).flatMap((code) => BUILT_IN_CODES.findOperatingSystem(code) ?? []);
  const osAttributes = [...new Set(systems.flatMap(({ osAttribute }) => osAttribute ?? []))].join(',');
  const bytes = await createCatalogFromFiles({
    version: options.catalogVersion === '1' ? 1 : 2,
    files: openEach(files, progress),
    ...(osAttributes === '' ? {} : { osAttributes }),
    attributes: driverCatalogAttributes({
      operatingSystems: systems.flatMap(({ catalogName }) => catalogName ?? []),
      hardwareIds: facts.hardwareIds,
    }),
    thisUpdate: sourceDate() ?? new Date(),
  });
  await writeAtomically(options.out, options.force === true, (handle) => handle.writeFile(bytes));
  const name = basename(options.out).toLowerCase();
  if (facts.catalogNames.length > 0 && !facts.catalogNames.includes(name)) {
    progress.note(
      `note: the INF names ${facts.catalogNames.join(', ')}; Windows looks for the catalog under that name`,
    );
  }
  const report = {
    catalog: options.out,
    version: Number(options.catalogVersion),
    files: files.length,
    hardwareIds: facts.hardwareIds.length,
    operatingSystems: [...new Set(systems.flatMap(({ catalogName }) => catalogName ?? []))].join(','),
    bytes: bytes.length,
  };
  await printResult(report, { fields: report }, options);
}

async function list(path: string, options: OutputOptions): Promise<void> {
  const catalog = parseCatalog(new Uint8Array(await readFile(path)));
  const attributes = catalog.attributes.map(({ name, value }) => ({ name, value }));
  // Version 2 finds a file by its SHA-1 too, through a stub that says nothing more.
  const members = catalog.members
    .filter(({ isStub }) => !isStub)
    .map(({ tag, fileName, kind, algorithm, osAttributes }) => ({
      tag,
      file: fileName,
      kind,
      algorithm,
      osAttributes,
    }));
  const facts = {
    version: catalog.version,
    listIdentifier: Buffer.from(catalog.listIdentifier).toString('hex'),
    thisUpdate: catalog.thisUpdate.toISOString(),
  };
  const print = (): void => {
    printFields({ ...facts, ...Object.fromEntries(attributes.map(({ name, value }) => [name, value])) });
    process.stdout.write('\n');
    printTable(
      ['FILE', 'KIND', 'OS', 'TAG'],
      members.map(({ file, kind, osAttributes, tag }) => [file, kind, osAttributes, tag]),
    );
  };
  await printResult({ file: path, ...facts, attributes, members, notes: catalog.notes }, { print }, options);
}

async function verify(path: string, directory: string, options: OutputOptions): Promise<void> {
  const catalog = parseCatalog(new Uint8Array(await readFile(path)));
  const files = await listPackageFiles(directory);
  const check = await checkPackage(catalog, openEach(files, createProgress(false)));
  const rows = [
    ...check.files.map(({ status, path: file, explanation }) => [
      status === 'listed' ? 'ok' : 'FAILED',
      file,
      status === 'listed' ? undefined : explanation,
    ]),
    ...check.entriesWithoutFile.map((entry) => ['note', entry.fileName, entry.explanation]),
  ];
  await printResult({ catalog: path, directory, ...check }, { headings: ['RESULT', 'FILE', 'DETAIL'], rows }, options);
  if (check.ok) return;
  const failed = check.files.filter(({ status }) => status !== 'listed');
  const remedies = [...new Set(failed.flatMap(({ remedy }) => remedy ?? []))];
  throw new CommandError(
    EXIT.validationFailed,
    `${failed.length} of ${check.files.length} files are not covered by ${path}.`,
    remedies.join('\n') || undefined,
  );
}

function signCommand(): Command {
  const command = new Command('sign')
    .description('sign catalogs; each in place unless --out is given')
    .argument('<file...>', 'security catalogs')
    .option('--out <file>', 'write the signed catalog here instead of in place (one file only)')
    .option('--force', 'replace --out when it exists');
  addSignOptions(command);
  addKeyOptions(command);
  return addOutputOptions(command.option('-q, --quiet', 'no progress on stderr'))
    .addHelpText('after', `\n${KEY_HELP}`)
    .action((files: string[], options: SignCommandOptions) => signFiles(files, options, 'cat'));
}

export function catalogCommand(): Command {
  return new Command('catalog')
    .addCommand(
      addOutputOptions(
        new Command('create')
          .description('make the catalog of a driver package: every file under the folder, by digest')
          .argument('<dir>', 'folder of the driver package, with its INF')
          .requiredOption('--out <file>', 'the catalog to write; it has the name that the INF gives it in CatalogFile')
          .addOption(
            new Option('--catalog-version <number>', '2 lists SHA-256, 1 lists SHA-1 and is for Windows 7 and older')
              .choices(['1', '2'])
              .default('2'),
          )
          .option(
            '--os <code>',
            'system that the package is for, as WINDOWS_v100_X64_GE_FULL; may be repeated; Windows 10 on the architectures of the INF when absent',
            (code, all: string[]) => [...all, code],
            [],
          )
          .option('--force', 'replace the catalog when it exists')
          .option('-q, --quiet', 'no progress on stderr'),
      ).action(create),
    )
    .addCommand(
      addOutputOptions(new Command('list').description('print what a catalog lists').argument('<file>')).action(list),
    )
    .addCommand(
      addOutputOptions(
        new Command('verify')
          .description('check that a catalog covers every file of a folder; exit code 0 only when it does')
          .argument('<file>', 'the catalog')
          .argument('<dir>', 'folder of the driver package'),
      ).action(verify),
    )
    .addCommand(signCommand())
    .addHelpText(
      'after',
      '\nExamples:\n  assay catalog create build/echo --out build/echo/echo.cat\n  assay catalog sign build/echo/echo.cat --pkcs12 ev.p12 --password-file pw.txt\n  assay catalog verify build/echo/echo.cat build/echo\n\nWhether a catalog is signed by someone you trust, assay verify says.',
    );
}
