// `assay doctor`: says what is wrong before a submission finds out.
import { Command } from 'commander';
import {
  checkAuthorityCertificate,
  checkDataDirectory,
  checkNode,
  checkSubmissionCertificate,
} from '../checking/check-machine.ts';
import { type CheckResult, fail, ok } from '../checking/check-result.ts';
import { checkScanner } from '../checking/check-scanner.ts';
import { checkService } from '../checking/check-service.ts';
import {
  type Connection,
  credentialsPath,
  DEFAULT_DATA_DIRECTORY,
  readCredentialsFile,
  resolveConnection,
} from '../credentials.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { addServiceOptions, type ServiceOptions } from '../service-client.ts';

interface DoctorOptions extends ServiceOptions, OutputOptions {
  readonly clamd?: string;
}

async function findConnection(options: DoctorOptions): Promise<{ connection?: Connection; results: CheckResult[] }> {
  try {
    const connection = await resolveConnection(options, process.env);
    const detail = `client ${connection.clientId} from ${connection.identitySource}; service from ${connection.endpointSource}`;
    return { connection, results: [ok('credentials', detail)] };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { results: [fail('credentials', error.message, error.remedy ?? 'See "assay doctor --help".')] };
  }
}

function printResults(results: readonly CheckResult[]): void {
  for (const { name, status, detail, remedy } of results) {
    process.stdout.write(`${status.padEnd(4)}  ${name}: ${detail}\n`);
    if (remedy !== undefined) process.stdout.write(`      ${remedy}\n`);
  }
}

async function doctor(options: DoctorOptions): Promise<void> {
  const directory = options.data ?? DEFAULT_DATA_DIRECTORY;
  const results = [checkNode(process.version), ...(await checkDataDirectory(directory))];
  const { connection, results: found } = await findConnection(options);
  results.push(...found);
  if (connection !== undefined) results.push(...(await checkService(connection)));
  results.push(...(await checkAuthorityCertificate(directory)));
  const file = await readCredentialsFile(credentialsPath(options)).catch(() => undefined);
  if (file !== undefined) results.push(...(await checkSubmissionCertificate(file)));
  if (options.clamd !== undefined) results.push(...(await checkScanner(options.clamd)));
  const report = { ok: results.every(({ status }) => status !== 'fail'), checks: results };
  await printResult(report, { print: () => printResults(results) }, options);
  const failures = results.filter(({ status }) => status === 'fail').length;
  if (failures > 0) throw new CommandError(EXIT.unexpected, `${failures} of ${results.length} checks failed.`);
}

export function doctorCommand(): Command {
  const command = new Command('doctor').option(
    '--clamd <address>',
    'malware scanner of the service, as in "assay serve --clamd"',
  );
  return addServiceOptions(addOutputOptions(command))
    .addHelpText('after', '\nExamples:\n  assay doctor\n  assay doctor --data /srv/assay -o json')
    .action(doctor);
}
