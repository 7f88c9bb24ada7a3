// One rehearsal from beginning to end: a service that is thrown away, all that leads the command to it, the command, the report.
import { appendFile, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ClientEnvironmentOptions, Credentials, HostNames, Interception, RunningServer } from '@assay/server';
import { readCertificateFile } from '../administering/read-certificate.ts';
import { createMask } from '../debugging/mask.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { askRehearsal } from './ask-rehearsal.ts';
import type { RehearsalSettings } from './rehearsal-settings.ts';
import { type AssertionResult, type Report, reportJson, reportMarkdown, reportText } from './report.ts';
import { requireCommand, runCommand } from './run-command.ts';
import { makeRunFolder } from './run-folder.ts';
import { serveUntilStopped } from './serve-until-stopped.ts';

export interface RehearseRequest {
  /** The command and its arguments; none to keep the rehearsal open for other terminals. */
  readonly command: readonly string[];
  readonly settings: RehearsalSettings;
  /** Whether to take port 443 and the host names too. */
  readonly hosts: boolean;
  /** Certificates whose signatures on packages are accepted, beside that of the rehearsal. */
  readonly certificates: readonly string[];
  /** `NAME=TEMPLATE` each. */
  readonly environment: readonly string[];
  readonly codesFile?: string;
  /** Where the data of the service stay; in a temporary folder when not given. */
  readonly keep?: string;
  /** Where the certificate is put that verifies what the service signed. */
  readonly authorityFile?: string;
  readonly reportFile?: string;
  /** Whether the report leaves out everything that is as it should be. */
  readonly quiet: boolean;
}

/** All that runs while the command does. */
interface Stage {
  readonly server: RunningServer;
  readonly interception: Interception;
  readonly hostNames: HostNames | undefined;
  readonly environment: ClientEnvironmentOptions;
}

type Cleanup = () => Promise<unknown>;

async function requireEmpty(directory: string): Promise<void> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length === 0) return;
  throw new CommandError(
    EXIT.usage,
    `${directory} is not empty, and a rehearsal begins with nothing.`,
    'Name a folder that is new.',
  );
}

async function registerCertificates(dataDirectory: string, files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  const { openAdministration } = await import('@assay/server');
  const administration = await openAdministration({ dataDirectory });
  try {
    const sellerId = BigInt((await administration.accounts.require(undefined)).sellerId);
    for (const file of files) {
      await administration.certificates.register(sellerId, await readCertificateFile(file));
    }
  } finally {
    await administration.close();
  }
}

/** One JSON line on stderr for what went wrong inside the service. */
function logProblem(event: { readonly level: 'info' | 'warn' | 'error' }): void {
  if (event.level === 'error')
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
}

async function setStage(request: RehearseRequest, folder: string, cleanups: Cleanup[]): Promise<Stage> {
  const { InterceptionError, leadHostNames, parseEnvironmentTemplate, startInterception, startServer } = await import(
    '@assay/server'
  );
  try {
    const server = await startServer({
      port: 0,
      dataDirectory: request.keep ?? join(folder, 'data'),
      throwAway: request.keep === undefined,
      rehearsal: request.settings.rehearsal,
      log: logProblem,
      ...(request.codesFile === undefined ? {} : { codesFile: request.codesFile }),
    });
    cleanups.push(() => server.close());
    const { rehearsal } = server;
    if (rehearsal === undefined) throw new Error('The service was started without a rehearsal.');
    await registerCertificates(server.dataDirectory, request.certificates);
    const credentials = JSON.parse(await readFile(server.credentialsFile, 'utf8')) as Credentials;
    const interception = await startInterception({
      rehearsal,
      tenantId: credentials.tenantId,
      listenOnHttpsPort: request.hosts,
    });
    cleanups.push(() => interception.close());
    const certificateFile = join(folder, 'ca.pem');
    await writeFile(certificateFile, interception.certificate);
    const hostNames = request.hosts
      ? await leadHostNames({
          directory: folder,
          addresses: interception.addresses,
          certificateFile,
          // Other terminals are in no namespace of ours.
          namespace: request.command.length > 0,
        })
      : undefined;
    if (hostNames !== undefined) cleanups.push(() => hostNames.release());
    if (request.settings.seedData !== undefined) await askRehearsal(server, 'seed', request.settings.seedData);
    return {
      server,
      interception,
      hostNames,
      environment: {
        inherited: process.env,
        credentials,
        proxyUrl: interception.proxyUrl,
        certificateFile,
        key: rehearsal.key,
        templates: request.environment.map(parseEnvironmentTemplate),
      },
    };
  } catch (error) {
    if (!(error instanceof InterceptionError)) throw error;
    const exitCode = error.kind === 'portInUse' ? EXIT.inputOutput : EXIT.usage;
    throw new CommandError(exitCode, error.message, error.remedy);
  }
}

async function checkAssertions(server: RunningServer, settings: RehearsalSettings): Promise<AssertionResult[]> {
  const { assertions } = settings;
  if (assertions.length === 0) return [];
  const body = assertions.map(({ assertion }) => assertion);
  const { results } = (await askRehearsal(server, 'assertions', body)) as {
    readonly results: readonly { readonly passed: boolean; readonly found: unknown }[];
  };
  return assertions.map(({ text }, index) => {
    const result = results[index];
    return { assertion: text, passed: result?.passed === true, found: `found ${JSON.stringify(result?.found)}` };
  });
}

/** Variables of this process whose values are secrets, by how such are named. */
const SECRET_VARIABLE = /SECRET|PASSWORD|PASSPHRASE|TOKEN$|_KEY$/i;
/** Shorter values stand in a command line by chance. */
const SHORTEST_SECRET = 8;

/** The command as it can be shown: a shell has put the values of variables into it. */
function shownCommand(command: readonly string[], environment: NodeJS.ProcessEnv): readonly string[] {
  const secrets = Object.entries(environment).flatMap(([name, value = '']) =>
    SECRET_VARIABLE.test(name) && value.length >= SHORTEST_SECRET ? [value] : [],
  );
  return command.map(createMask(secrets));
}

async function makeReport(request: RehearseRequest, stage: Stage, exitCode: number, started: number): Promise<Report> {
  const { readOutcome } = await import('@assay/server');
  const journal = stage.server.rehearsal?.journal;
  return {
    command: shownCommand(request.command, process.env),
    exitCode,
    seconds: (performance.now() - started) / 1000,
    seed: request.settings.rehearsal.seed,
    // Before anything else is asked of the service.
    entries: [...(journal?.entries() ?? [])],
    dropped: journal?.dropped() ?? 0,
    notices: stage.interception.notices(),
    assertions: await checkAssertions(stage.server, request.settings),
    outcome: await readOutcome(stage.server.dataDirectory),
  };
}

async function publish(request: RehearseRequest, report: Report): Promise<void> {
  // What a service says must not be taken for a command by a CI system that reads lines beginning with `::`.
  process.stderr.write(reportText(report, request.quiet).replaceAll(/^(\s*)::/gm, '$1: :'));
  if (request.reportFile !== undefined) {
    await mkdir(dirname(resolve(request.reportFile)), { recursive: true });
    await writeFile(request.reportFile, reportJson(report));
  }
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (summary) await appendFile(summary, reportMarkdown(report));
}

/** The last one is that of a terminal which was closed. */
const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ends the process after cleaning up, when it is told to stop before the command has been started. */
function guardStart(): { check(): void; done(): void } {
  let stopped: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals) => {
    stopped = signal;
  };
  // A closed terminal takes no report, which is no reason to leave anything behind.
  const ignore = () => undefined;
  process.stderr.on('error', ignore);
  for (const signal of STOPPING) process.on(signal, stop);
  return {
    check() {
      if (stopped !== undefined) throw new CommandError(EXIT.interrupted, `Interrupted by ${stopped}.`);
    },
    done() {
      for (const signal of STOPPING) process.off(signal, stop);
      process.stderr.off('error', ignore);
    },
  };
}

/**
 * Runs a rehearsal and gives the exit code: the command's own, or 10 when it was 0 and an assertion did not hold. Whatever
 * happens, nothing is left but what was asked for. Throws CommandError.
 */
export async function rehearse(request: RehearseRequest): Promise<number> {
  const [command, ...parameters] = request.command;
  const { PATH } = process.env;
  if (command !== undefined) requireCommand(command, PATH);
  if (request.keep !== undefined) await requireEmpty(request.keep);
  const folder = await makeRunFolder();
  const cleanups: Cleanup[] = [() => rm(folder, { recursive: true, force: true })];
  const start = guardStart();
  try {
    const stage = await setStage(request, folder, cleanups);
    if (request.authorityFile !== undefined) {
      await mkdir(dirname(resolve(request.authorityFile)), { recursive: true });
      await copyFile(join(stage.server.dataDirectory, 'ca.pem'), request.authorityFile);
    }
    const started = performance.now();
    const exitCode = await perform(stage, command, parameters, start.check);
    const report = await makeReport(request, stage, exitCode, started);
    await publish(request, report);
    const failed = report.assertions.some(({ passed }) => !passed);
    return exitCode === 0 && failed ? EXIT.validationFailed : exitCode;
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup().catch(reportLeftover);
    start.done();
  }
}

async function perform(
  stage: Stage,
  command: string | undefined,
  parameters: readonly string[],
  check: () => void,
): Promise<number> {
  const { clientEnvironment, rehearsalVariables } = await import('@assay/server');
  // From here to the next listeners of signals nothing is waited for, so that none is missed.
  check();
  if (command === undefined) return await serveUntilStopped(rehearsalVariables(stage.environment));
  const { hostNames } = stage;
  return await runCommand({
    command,
    parameters,
    environment: clientEnvironment(stage.environment),
    ...(hostNames === undefined ? {} : { wrap: hostNames.wrap }),
  });
}

function reportLeftover(error: unknown): void {
  process.stderr.write(`assay: not everything was cleaned up: ${error instanceof Error ? error.message : error}\n`);
}
