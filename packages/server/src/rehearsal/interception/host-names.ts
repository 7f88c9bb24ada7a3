// Leads the intercepted names to this machine for one command. On Linux, as root, the command gets a mount namespace of its own
// in which /etc/hosts and the files of trusted authorities are others: nothing of the machine is changed, however the run
// ends. Elsewhere lines are added to the machine's hosts file and taken out again, also those of a run that was killed.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InterceptionError } from './interception-error.ts';
import { INTERCEPTED_HOSTS } from './tls-end.ts';

const run = promisify(execFile);

export interface StartedAs {
  readonly command: string;
  readonly parameters: readonly string[];
}

export interface HostNames {
  readonly way: 'namespace' | 'hosts-file';
  /** How a command is started so that the names lead to this machine for it. */
  wrap(command: string, parameters: readonly string[]): StartedAs;
  /** Undoes what was done to the machine. */
  release(): Promise<void>;
}

export interface HostNamesOptions {
  /** A folder of this run. */
  readonly directory: string;
  /** Loopback addresses that take the connections. */
  readonly addresses: readonly string[];
  /** PEM file that the command shall trust. */
  readonly certificateFile: string;
  /** The machine's hosts file, where it is not at its usual place. */
  readonly hostsFile?: string;
  /** False to leave out the attempt at a namespace. */
  readonly namespace?: boolean;
}

const USUAL_HOSTS_FILE =
  process.platform === 'win32'
    ? join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
    : '/etc/hosts';

/** Where distributions keep the authorities that everything on the machine trusts, in one file. */
const TRUST_FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
] as const;

/** A daemon that answers for names from outside the namespace, where it runs. */
const NAME_CACHE = '/run/nscd';

const MARK = '# assay rehearse';

function linesFor(addresses: readonly string[], mark: string): string {
  return addresses.map((address) => `${address} ${INTERCEPTED_HOSTS.join(' ')}${mark}\n`).join('');
}

/** The text without the names of the rehearsal, whatever they lead to. */
function withoutOurNames(text: string): string {
  const isOurs = (line: string): boolean =>
    (line.split('#')[0] ?? '').split(/\s+/).some((word) => INTERCEPTED_HOSTS.includes(word.toLowerCase()));
  return text
    .split('\n')
    .filter((line) => !isOurs(line))
    .join('\n');
}

/**
 * Mounts its arguments in pairs (what over what) until `--`, then becomes the command. The command keeps the process id, so
 * signals and its exit code need no passing on.
 */
const MOUNT_AND_RUN = 'while [ "$1" != -- ]; do mount --bind -- "$1" "$2" || exit 126; shift 2; done; shift; exec "$@"';

function inNamespace(mounts: readonly (readonly [string, string])[], inner: StartedAs): StartedAs {
  const shell = ['sh', '-c', MOUNT_AND_RUN, 'sh', ...mounts.flat(), '--', inner.command, ...inner.parameters];
  return { command: 'unshare', parameters: ['--mount', '--propagation', 'private', '--', ...shell] };
}

async function tryNamespace(options: HostNamesOptions): Promise<HostNames | undefined> {
  if (process.platform !== 'linux' || options.namespace === false || process.getuid?.() !== 0) return undefined;
  const machineHosts = options.hostsFile ?? USUAL_HOSTS_FILE;
  const [hosts, nothing] = [join(options.directory, 'hosts'), join(options.directory, 'nothing')];
  const text = withoutOurNames(await readFile(machineHosts, 'utf8').catch(() => ''));
  await writeFile(hosts, `${linesFor(options.addresses, '')}${text}`);
  await mkdir(nothing, { recursive: true });
  const mounts: (readonly [string, string])[] = [[hosts, machineHosts]];
  for (const file of TRUST_FILES) if (existsSync(file)) mounts.push([options.certificateFile, file]);
  if (existsSync(NAME_CACHE)) mounts.push([nothing, NAME_CACHE]);
  const attempt = inNamespace(mounts, { command: 'true', parameters: [] });
  try {
    await run(attempt.command, [...attempt.parameters]);
  } catch {
    // A container without the right to mount, or a system without unshare(1).
    return undefined;
  }
  return {
    way: 'namespace',
    wrap: (command, parameters) => inNamespace(mounts, { command, parameters }),
    release: async () => undefined,
  };
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The text without the lines of runs that are over; `own` is one that counts as over. */
function withoutDeadLines(text: string, own?: number): string {
  const isDead = (line: string): boolean => {
    const owner = line.includes(MARK) ? Number(/# assay rehearse (\d+)\s*$/.exec(line)?.[1]) : Number.NaN;
    return owner === own || (owner > 0 && !isRunning(owner));
  };
  return text
    .split('\n')
    .filter((line) => !isDead(line))
    .join('\n');
}

async function editHostsFile(options: HostNamesOptions): Promise<HostNames> {
  const file = options.hostsFile ?? USUAL_HOSTS_FILE;
  // Written in place: containers mount this file, so that it cannot be replaced by another.
  try {
    const before = withoutDeadLines(await readFile(file, 'utf8'));
    const ended = before === '' || before.endsWith('\n') ? before : `${before}\n`;
    await writeFile(file, `${ended}${linesFor(options.addresses, ` ${MARK} ${process.pid}`)}`);
  } catch (error) {
    const message = `The hosts file ${file} cannot be written, and there is no other way to lead the names here.`;
    const remedy =
      process.platform === 'win32'
        ? 'Run the rehearsal from a console that was started as administrator, or leave out --hosts.'
        : 'Run the rehearsal with sudo, or leave out --hosts when the client honours HTTPS_PROXY.';
    throw new InterceptionError('notPermitted', message, remedy, { cause: error });
  }
  return {
    way: 'hosts-file',
    wrap: (command, parameters) => ({ command, parameters }),
    release: async () => writeFile(file, withoutDeadLines(await readFile(file, 'utf8'), process.pid)),
  };
}

/** Makes the names lead here. Throws InterceptionError when nothing can be done. */
export async function leadHostNames(options: HostNamesOptions): Promise<HostNames> {
  return (await tryNamespace(options)) ?? (await editHostsFile(options));
}
