// The options that name the service and the credentials, and the client made from them.
import { clientSecretCredential, createHardwareClient, type Exchange, type HardwareClient } from '@assay/hardware-api';
import type { Command } from 'commander';
import { type Connection, type ConnectionOptions, resolveConnection } from './credentials.ts';

export interface ServiceOptions extends ConnectionOptions {
  readonly debug?: boolean;
}

/** Adds the connection options to a command. */
export function addServiceOptions(command: Command): Command {
  return command
    .option('--url <url>', 'root of the service (else ASSAY_URL, else the credentials file, else Microsoft)')
    .option('--authority <url>', 'authority host that gives tokens (else AZURE_AUTHORITY_HOST)')
    .option('--tenant <id>', 'tenant (else AZURE_TENANT_ID)')
    .option('--client-id <id>', 'client id of the application (else AZURE_CLIENT_ID)')
    .option('--client-secret-file <file>', 'file that holds the client secret (else AZURE_CLIENT_SECRET)')
    .option('--credentials <file>', 'credentials file, as "assay serve" writes it')
    .option('--data <dir>', 'data folder of a local server, with its credentials.json (default: .assay)')
    .option('--debug', 'show each request on stderr, without secrets');
}

function showExchange({ method, url, status, milliseconds, requestId }: Exchange): void {
  const request = requestId === undefined ? '' : `  request ${requestId}`;
  process.stderr.write(`${method} ${url}  ${status || 'no answer'}  ${milliseconds.toFixed(0)} ms${request}\n`);
}

/** A client for a settled connection. */
export function createServiceClient(
  connection: Connection,
  options: ServiceOptions,
  signal?: AbortSignal,
): HardwareClient {
  const report = options.debug ? { onExchange: showExchange } : {};
  return createHardwareClient({
    url: connection.url,
    credential: clientSecretCredential(connection, report),
    ...report,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Resolves the connection and makes the client. */
export async function connect(options: ServiceOptions, signal?: AbortSignal): Promise<HardwareClient> {
  return createServiceClient(await resolveConnection(options, process.env), options, signal);
}
