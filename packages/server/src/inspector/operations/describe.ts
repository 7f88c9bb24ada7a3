// Reads the INF files of a package and holds its drivers against the rules.
import { readFile, stat } from 'node:fs/promises';
import {
  appliesTo,
  type CheckedDriver,
  checkDriver,
  combineInfKinds,
  describeInf,
  type Finding,
  type InfDocument,
  type InfKinds,
  judgeInfKinds,
  parseInf,
  readTargeting,
} from '@assay/driver-package';
import type { DescribeAnswer, DescribeRequest } from '../protocol.ts';

/** What the drivers of the package are, and what is wrong with them. Throws ParseError for an INF that cannot be read. */
export async function describe(request: DescribeRequest): Promise<DescribeAnswer> {
  const folders = new Map<string, DescribeRequest['files'][number][]>();
  for (const file of request.files) {
    const folder = file.path.slice(0, file.path.indexOf('/'));
    const files = folders.get(folder);
    if (files) files.push(file);
    else folders.set(folder, [file]);
  }
  const drivers: DescribeAnswer['drivers'][number][] = [];
  const kinds: InfKinds[] = [];
  const findings: Finding[] = [];
  for (const [folder, files] of folders) {
    const infs = [];
    for (const file of files) {
      if (file.file === undefined) continue;
      const { size } = await stat(file.file);
      if (size > request.limits.infBytes) {
        findings.push({
          rule: 'inf-size-is-sane',
          severity: 'error',
          file: file.path,
          summary: `${file.path} has ${size} bytes; an INF of more than ${request.limits.infBytes} bytes is not read.`,
          explanation: 'INF files are read whole, so their size is limited.',
          remedy: 'Move data out of the INF.',
        });
        continue;
      }
      const document = parseInf(await readFile(file.file));
      const targeting = readTargeting(ownBudget(document));
      infs.push({ path: file.path, document, description: describeInf(document), targeting });
    }
    const models = infs.flatMap(({ description }) => description.models);
    const operatingSystems = request.onlySupported
      ? request.operatingSystems.filter((system) => models.some((model) => appliesTo(model, system)))
      : request.operatingSystems;
    const driver: CheckedDriver = {
      folder,
      files: files.map((file) => ({
        path: file.path,
        kind: file.machine === undefined ? ('flat' as const) : ('pe' as const),
        ...(file.machine === undefined ? {} : { machine: file.machine }),
      })),
      infs,
      operatingSystems,
      at: new Date(request.at),
    };
    const fresh = { ...driver, infs: infs.map((inf) => ({ ...inf, document: ownBudget(inf.document) })) };
    findings.push(...checkDriver(driver, { for: 'submission' }));
    // What is refused has no kind to show, and need not be read again for it. One driver at a time, as INFs can be large.
    if (!findings.some(({ severity }) => severity === 'error')) kinds.push(judgeInfKinds(fresh));
    drivers.push({
      folder,
      infs: infs.map(({ path, description, targeting }) => ({ path, description, targeting })),
      operatingSystems: operatingSystems.map(({ code }) => code),
    });
  }
  return { drivers, kinds: combineInfKinds(kinds), findings };
}

/** The document with a budget of its own for what comes out of it: no question may use up what the next one needs. */
function ownBudget(document: InfDocument): InfDocument {
  return { ...document, expansion: { ...document.expansion } };
}
