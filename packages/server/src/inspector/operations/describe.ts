// Reads the INF files of a package and holds its drivers against the rules.
import { readFile, stat } from 'node:fs/promises';
import { appliesTo, checkDriver, describeInf, type Finding, parseInf } from '@assay/driver-package';
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
      infs.push({ path: file.path, document, description: describeInf(document) });
    }
    const models = infs.flatMap(({ description }) => description.models);
    const operatingSystems = request.onlySupported
      ? request.operatingSystems.filter((system) => models.some((model) => appliesTo(model, system)))
      : request.operatingSystems;
    findings.push(
      ...checkDriver(
        {
          folder,
          files: files.map((file) => ({
            path: file.path,
            kind: file.machine === undefined ? ('flat' as const) : ('pe' as const),
            ...(file.machine === undefined ? {} : { machine: file.machine }),
          })),
          infs,
          operatingSystems,
          at: new Date(request.at),
        },
        { for: 'submission' },
      ),
    );
    drivers.push({
      folder,
      infs: infs.map(({ path, description }) => ({ path, description })),
      operatingSystems: operatingSystems.map(({ code }) => code),
    });
  }
  return { drivers, findings };
}
