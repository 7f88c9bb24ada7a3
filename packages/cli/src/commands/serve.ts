// `assay serve`: runs the service until it is told to stop.
import { readFile } from 'node:fs/promises';
import type { ClamdScanner, ForeignIssuer, SigningProfilesOptions, TimestampSource } from '@assay/server';
import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_DATA_DIRECTORY } from '../credentials.ts';
import type { ServedRehearsalOptions } from '../rehearsing/serve-rehearsal.ts';

interface ServeOptions extends ServedRehearsalOptions {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly databaseUrl?: string;
  readonly publicUrl?: string;
  readonly issuers?: string;
  readonly signingProfiles?: string;
  readonly timestampUrl?: readonly string[];
  /** False with --no-timestamp. */
  readonly timestamp: boolean;
  readonly codes?: string;
  readonly clamd?: string;
  /** In mebibytes. */
  readonly clamdLimit: number;
  readonly scan: 'optional' | 'required';
  readonly manualReview: 'never' | 'always';
  readonly labelApproval: 'automatic' | 'manual' | 'forAutomaticInstall';
  readonly throttle: 'off' | 'realistic' | 'strict';
  readonly throwAway?: boolean;
  readonly logRequests?: boolean;
}

const HIGHEST_PORT = 65_535;

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > HIGHEST_PORT)
    throw new InvalidArgumentError('Write a number from 0 to 65535; 0 takes a free port.');
  return port;
}

const MEBIBYTE = 1_048_576;
/** What one stream to clamd can hold. */
const MOST_MEBIBYTES = 4_095;

function parseMebibytes(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > MOST_MEBIBYTES)
    throw new InvalidArgumentError(`Write a number of mebibytes from 1 to ${MOST_MEBIBYTES}.`);
  return number;
}

const SCANNING_REMEDY = 'See docs/guide/malware-scanning.md.';

/** The scanner that the options name. Throws CommandError. */
async function openScanner({ clamd, clamdLimit, scan }: ServeOptions): Promise<ClamdScanner | undefined> {
  const { createClamdScanner, ScannerAddressError } = await import('@assay/server');
  const { CommandError, EXIT } = await import('../exit-codes.ts');
  if (clamd === undefined) {
    if (scan === 'optional') return undefined;
    const message = '--scan required needs a scanner: every package would be refused without one.';
    throw new CommandError(EXIT.usage, message, 'Name one with --clamd, for example --clamd tcp://127.0.0.1:3310.');
  }
  try {
    return createClamdScanner({ address: clamd, maximumStreamBytes: clamdLimit * MEBIBYTE });
  } catch (error) {
    if (!(error instanceof ScannerAddressError)) throw error;
    throw new CommandError(EXIT.usage, error.message, SCANNING_REMEDY);
  }
}

/** One line on whether the scanner answers. The service runs either way: a clamd takes its time to start. */
async function reportScanner(scanner: ClamdScanner): Promise<string> {
  try {
    const { engine, signatures } = await scanner.version();
    const of = signatures === undefined ? 'of unknown date' : `of ${signatures.date.toISOString().slice(0, 10)}`;
    return `Malware scanner:         ${engine}, signatures ${of}`;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `Malware scanner:         ${reason}; packages wait until it answers`;
  }
}

const PROFILES_REMEDY = 'See docs/guide/signing-profiles.md.';

/** The signing profiles in a configuration file. Throws CommandError. */
async function readProfiles(path: string): Promise<SigningProfilesOptions> {
  const { readSigningProfiles, SigningProfileError } = await import('@assay/server');
  const { CommandError, EXIT } = await import('../exit-codes.ts');
  try {
    return await readSigningProfiles(path);
  } catch (error) {
    if (!(error instanceof SigningProfileError)) throw error;
    throw new CommandError(EXIT.usage, error.message, PROFILES_REMEDY);
  }
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function addTimestampUrl(text: string, before: readonly string[] = []): readonly string[] {
  const isWeb = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isWeb && text !== 'built-in') {
    throw new InvalidArgumentError('Write the http or https address of a time-stamping authority, or "built-in".');
  }
  return [...before, text];
}

/** Where time stamps come from, when the options say so. Throws CommandError. */
async function timestampSource({ timestamp, timestampUrl }: ServeOptions): Promise<TimestampSource | undefined> {
  if (timestamp) return timestampUrl;
  if (timestampUrl === undefined) return 'none';
  const { CommandError, EXIT } = await import('../exit-codes.ts');
  throw new CommandError(EXIT.usage, '--timestamp-url and --no-timestamp contradict each other.', 'Leave one out.');
}

/** One JSON line on stderr for what went wrong inside the service; its ordinary steps are not logged. */
function logProblem(event: { readonly level: 'info' | 'warn' | 'error' }): void {
  if (event.level !== 'info') process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
}

/** The foreign issuers in a configuration file. Throws CommandError. */
async function readIssuers(path: string): Promise<readonly ForeignIssuer[]> {
  const { IssuerConfigurationError, parseIssuerConfiguration } = await import('@assay/server');
  const { CommandError, EXIT } = await import('../exit-codes.ts');
  try {
    return parseIssuerConfiguration(await readFile(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof IssuerConfigurationError)) throw error;
    throw new CommandError(EXIT.usage, `${path}: ${error.message}`, 'See docs/guide/foreign-issuers.md.');
  }
}

/** Resolves with the first signal that asks the process to stop; a second one ends it at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      process.once(signal, () => process.exit(1));
      resolve(signal);
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
}

async function serve(options: ServeOptions): Promise<void> {
  // Loaded here, so that the other commands start without the server.
  const { CodesFileError, DataDirectoryBusy, InstallationKindError, SigningProfileError, startServer } = await import(
    '@assay/server'
  );
  const { CommandError, EXIT } = await import('../exit-codes.ts');
  const { announceRehearsal, servedRehearsal } = await import('../rehearsing/serve-rehearsal.ts');
  const rehearsal = await servedRehearsal(options);
  const issuers = options.issuers === undefined ? undefined : await readIssuers(options.issuers);
  const timestampUrls = await timestampSource(options);
  const signingProfiles =
    options.signingProfiles === undefined ? undefined : await readProfiles(options.signingProfiles);
  const scanner = await openScanner(options);
  const stopped = stopSignal();
  const keyPassphrase = process.env.ASSAY_KEY_PASSPHRASE;
  const server = await startServer({
    host: options.host,
    port: options.port,
    dataDirectory: options.data,
    scan: options.scan,
    manualReview: options.manualReview,
    labelApproval: options.labelApproval,
    throttle: options.throttle,
    throwAway: options.throwAway === true,
    logRequests: options.logRequests === true,
    log: logProblem,
    ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
    ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
    ...(issuers === undefined ? {} : { issuers }),
    ...(signingProfiles === undefined ? {} : { signingProfiles }),
    ...(timestampUrls === undefined ? {} : { timestampUrls }),
    ...(scanner === undefined ? {} : { scanner }),
    ...(options.codes === undefined ? {} : { codesFile: options.codes }),
    ...(keyPassphrase === undefined ? {} : { keyPassphrase }),
    ...(rehearsal === undefined ? {} : { rehearsal: rehearsal.rehearsal }),
  }).catch((error: unknown) => {
    if (error instanceof CodesFileError) {
      throw new CommandError(EXIT.usage, error.message, 'See docs/guide/operating-system-codes.md.');
    }
    if (error instanceof SigningProfileError) {
      throw new CommandError(EXIT.usage, error.message, PROFILES_REMEDY);
    }
    if (error instanceof DataDirectoryBusy) throw new CommandError(EXIT.invalidState, error.message);
    if (error instanceof InstallationKindError) {
      throw new CommandError(EXIT.usage, error.message, 'Name another folder with --data, or another database.');
    }
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new CommandError(
        EXIT.inputOutput,
        `Port ${options.port} is in use.`,
        'Choose another with --port; 0 takes a free one.',
      );
    }
    throw error;
  });
  const { stderr, stdout } = process;
  if (server.created) {
    stderr.write(
      `First start: made an account, an application, a CA and a submission certificate in ${server.dataDirectory}.\n`,
    );
  }
  stderr.write(`Credentials for clients: ${server.credentialsFile}\n`);
  stderr.write(`Certificate to trust:    ${server.dataDirectory}/ca.pem\n`);
  if (scanner !== undefined) stderr.write(`${await reportScanner(scanner)}\n`);
  const leaveRehearsal =
    rehearsal === undefined
      ? undefined
      : await announceRehearsal(server, rehearsal, options.host, stderr).catch(async (error: unknown) => {
          await server.close();
          throw error;
        });
  stdout.write(`Listening on ${server.url}\n`);
  const signal = await stopped;
  stderr.write(`${signal}: letting running work finish\n`);
  await server.close();
  await leaveRehearsal?.();
}

export function serveCommand(): Command {
  return new Command('serve')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes a free one', parsePort, 8080)
    .option('--data <dir>', 'folder for everything that is kept', DEFAULT_DATA_DIRECTORY)
    .option('--database-url <url>', 'PostgreSQL to use instead of the SQLite file in the data folder')
    .option('--public-url <url>', 'URL under which clients reach the service')
    .option('--issuers <file>', 'JSON file with other authorities whose tokens are accepted')
    .option('--signing-profiles <file>', 'JSON file with keys, time stamps and forms of signatures, by profile')
    .option(
      '--timestamp-url <url>',
      'time-stamping authority (RFC 3161) to use instead of the built-in one; repeat it to name others for when it fails',
      addTimestampUrl,
    )
    .option('--no-timestamp', 'sign without time stamps')
    .option('--codes <file>', 'JSON file with codes of systems and product types beside the built-in ones')
    .option('--clamd <address>', 'clamd that scans each file of a package: tcp://HOST:PORT or unix:/PATH')
    .option(
      '--clamd-limit <mebibytes>',
      'largest file that clamd scans whole: the smaller one of its StreamMaxLength and MaxFileSize',
      parseMebibytes,
      100,
    )
    .addOption(
      new Option('--scan <which>', 'whether packages are signed that were not scanned, or not in full')
        .choices(['optional', 'required'])
        .default('optional'),
    )
    .addOption(
      new Option('--manual-review <when>', 'whether a person approves each package')
        .choices(['never', 'always'])
        .default('never'),
    )
    .addOption(
      new Option('--label-approval <which>', 'which shipping labels a person approves')
        .choices(['automatic', 'manual', 'forAutomaticInstall'])
        .default('forAutomaticInstall'),
    )
    .addOption(
      new Option('--throttle <preset>', 'how many calls a minute an account may make before it gets 429')
        .choices(['off', 'realistic', 'strict'])
        .default('off'),
    )
    .option('--throw-away', 'make smaller keys, which is faster, for a data folder that is soon removed')
    .option('--log-requests', 'log each request on stderr')
    .option('--rehearsal', 'a service to rehearse with: faults, speed, and /_rehearsal/ with a journal of requests')
    .option('--fault <name[:argument]>', 'fault of the rehearsal, such as throttle:2; repeatable', collect)
    .option('--script <file>', 'YAML or JSON with seed, speed, steps, faults and seedData of the rehearsal')
    .option('--seed <number>', 'decides what the rehearsal leaves to chance (default: 1)')
    .option('--speed <speed>', 'instant, brisk, realistic, or a factor such as 0.1 of realistic (default: instant)')
    .option('--step <name=duration>', 'how long a workflow step of the rehearsal lasts; repeatable', collect)
    .option('--allow-unsigned', 'the rehearsal takes packages without a signature by a registered certificate')
    .addHelpText(
      'after',
      '\nExamples:\n  assay serve\n  assay serve --port 0 --data /srv/assay --manual-review always\n  assay serve --rehearsal --speed brisk --fault throttle:2 --fault lost\n\nASSAY_KEY_PASSPHRASE opens the key files, when set.',
    )
    .action(serve);
}
