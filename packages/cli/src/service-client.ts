// The options that name the service and the credentials, and the client made from them.
import {
  createHardwareClient,
  type Fetch,
  type HardwareClient,
  type OnRetry,
  type RetryEvent,
} from '@assay/hardware-api';
import type { Command } from 'commander';
import { type Connection, type ConnectionOptions, resolveConnection } from './credentials.ts';
import { secretsOf } from './profiles/credential.ts';
import { createServiceCredential } from './profiles/service-credential.ts';
import { formatElapsed, type Progress } from './progress.ts';

export interface ServiceOptions extends ConnectionOptions {
  readonly debug?: boolean;
}

/** Adds the connection options to a command. */
export function addServiceOptions(command: Command): Command {
  return command
    .option('--profile <name>', 'profile to use (else the environment, else ASSAY_PROFILE, else "assay config use")')
    .option('--url <url>', 'root of the service (else ASSAY_URL, else the profile or credentials file, else Microsoft)')
    .option('--authority <url>', 'authority host that gives tokens (else AZURE_AUTHORITY_HOST)')
    .option('--tenant <id>', 'tenant (else AZURE_TENANT_ID)')
    .option('--client-id <id>', 'client id of the application (else AZURE_CLIENT_ID)')
    .option('--client-secret-file <file>', 'file that holds the client secret, - for stdin (else AZURE_CLIENT_SECRET)')
    .option(
      '--client-certificate-file <file>',
      'certificate and key to sign in with, PEM or PKCS#12 (else AZURE_CLIENT_CERTIFICATE_PATH)',
    )
    .option('--client-certificate-password-file <file>', 'file that holds its password')
    .option('--federated-token-file <file>', 'token of a workload identity (else AZURE_FEDERATED_TOKEN_FILE)')
    .option('--credentials <file>', 'credentials file, as "assay serve" writes it')
    .option('--data <dir>', 'data folder of a local server, with its credentials.json (default: .assay)')
    .option('--debug', 'show each request on stderr, without secrets (also with ASSAY_DEBUG set)');
}

/** How requests are made and, with --debug, shown: what the SDK's client and credentials take of options. */
export interface Transport {
  readonly fetch?: Fetch;
  readonly onRetry?: OnRetry;
}

/** A transport that shows what it does when that is asked for; an empty one otherwise. */
export async function createTransport(connection: Connection, options: ServiceOptions): Promise<Transport> {
  if (!options.debug && !isOn(process.env.ASSAY_DEBUG)) return {};
  const [{ createDebugFetch, describeRetry }, { createMask }] = await Promise.all([
    import('./debugging/debug-fetch.ts'),
    import('./debugging/mask.ts'),
  ]);
  const mask = createMask(secretsOf(connection.credential));
  const write = (text: string) => void process.stderr.write(text);
  return {
    fetch: createDebugFetch({ mask, write }),
    onRetry: (event) => write(mask(describeRetry(event))),
  };
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0';
}

/** Shorter waits than this are not told of: nobody has time to wonder. */
const TOLD_WAIT_MS = 1000;

/** Why nothing happens for a while, in a line. */
function explainRetry({ delayMs, error }: RetryEvent): string {
  const reason = error.status === 0 ? error.message : `the service said ${error.status}`;
  return `waiting ${formatElapsed(Math.max(delayMs, TOLD_WAIT_MS))} because ${reason}`;
}

/** The transport that also tells `progress` of waits, unless --debug tells of them already. */
function withProgress(transport: Transport, progress: Pick<Progress, 'aside'> | undefined): Transport {
  if (progress === undefined || transport.onRetry !== undefined) return transport;
  const onRetry: OnRetry = (event) => {
    if (event.delayMs >= TOLD_WAIT_MS) progress.aside(explainRetry(event));
  };
  return { ...transport, onRetry };
}

/** What a client is made with besides its connection. */
export interface ClientSurroundings {
  readonly signal?: AbortSignal | undefined;
  /** Told when the client waits before it tries something again. */
  readonly progress?: Pick<Progress, 'aside'> | undefined;
  /** Time limit of one API request in milliseconds. */
  readonly requestTimeoutMs?: number | undefined;
}

/** A client for a settled connection. */
export async function createServiceClient(
  connection: Connection,
  options: ServiceOptions,
  { signal, progress, requestTimeoutMs }: ClientSurroundings = {},
): Promise<HardwareClient> {
  const transport = withProgress(await createTransport(connection, options), progress);
  return createHardwareClient({
    url: connection.url,
    credential: createServiceCredential(connection, transport),
    ...transport,
    ...(signal === undefined ? {} : { signal }),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
  });
}

/** Resolves the connection and makes the client. */
export async function connect(
  options: ServiceOptions,
  signal?: AbortSignal,
  progress?: Pick<Progress, 'aside'>,
): Promise<HardwareClient> {
  return createServiceClient(await resolveConnection(options, process.env), options, { signal, progress });
}
