// `--dry-run`: a command that changes something does all that it does, but for a client that sends nothing and writes down what
// it would have sent. So what is shown is what goes out without the option.
import {
  createHardwareClient,
  HardwareApiError,
  type HardwareClient,
  parseJson,
  stringifyJson,
} from '@assay/hardware-api';
import type { Command } from 'commander';
import { interruptible } from '../interruption.ts';
import { type OutputOptions, printResult } from '../output.ts';
import { connect, type ServiceOptions } from '../service-client.ts';

export interface DryRunOptions {
  readonly dryRun?: boolean;
}

/** A request that was not sent. */
export interface PlannedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body?: unknown;
}

/** Adds `--dry-run` to a command. */
export function addDryRunOption(command: Command): Command {
  return command.option('--dry-run', 'print the request (method, path, body) that would change something; send it not');
}

/** What `act` would send to change something. What it would read is left out: it gets answers that hold next to nothing. */
export async function planRequests(act: (client: HardwareClient) => Promise<unknown>): Promise<PlannedRequest[]> {
  const planned: PlannedRequest[] = [];
  const client = createHardwareClient({
    url: 'https://service.invalid',
    credential: { getToken: async () => ({ token: 'none', expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) },
    async fetch(url, { method = 'GET', body }) {
      const { pathname, search } = new URL(url);
      const path = pathname + search;
      if (method !== 'GET') planned.push({ method, path, ...(typeof body === 'string' && { body: parseJson(body) }) });
      return new Response('{"id":1,"value":[]}', { status: 200 });
    },
  });
  await act(client);
  return planned;
}

/** Prints requests that were not sent; the table form has their bodies as they would go out. */
export async function printPlan(requests: readonly PlannedRequest[], options: OutputOptions): Promise<void> {
  const print = (): void => {
    for (const { method, path, body } of requests) {
      const text = body === undefined ? '' : `\n${stringifyJson(body, 2)}`;
      process.stdout.write(`${method} ${path}${text}\n`);
    }
  };
  const [first] = requests;
  await printResult(requests.length === 1 ? first : requests, { print }, options);
  process.stderr.write('Nothing was sent.\n');
}

/**
 * Lets `act` change something at the service and prints what came of it; with `--dry-run` prints what it would send.
 * SIGINT and SIGTERM stop it.
 */
export async function change<Result>(
  options: ServiceOptions & OutputOptions & DryRunOptions,
  act: (client: HardwareClient) => Promise<Result>,
  print: (result: Result) => Promise<void>,
): Promise<void> {
  if (options.dryRun === true) await printPlan(await planRequests(act), options);
  else await interruptible(async (signal) => print(await act(await connect(options, signal))));
}

/**
 * The same for what creates something, which must not be made twice by accident: when the answer is lost, the error says to
 * look first.
 */
export function create<Result>(
  options: ServiceOptions & OutputOptions & DryRunOptions,
  act: (client: HardwareClient) => Promise<Result>,
  print: (result: Result) => Promise<void>,
): Promise<void> {
  let isMade = false;
  const once = async (client: HardwareClient): Promise<Result> => {
    const made = await act(client);
    isMade = true;
    return made;
  };
  return change(options, once, print).catch((error: unknown) => {
    if (isMade || !(error instanceof HardwareApiError) || !error.isAmbiguous) throw error;
    const { status, code, validationErrors, requestId, retryAfterMs } = error;
    const message = `${error.message}\nIt may have been made all the same: look with "list" before this is run again.`;
    throw new HardwareApiError({ status, code, message, validationErrors, requestId, retryAfterMs, cause: error });
  });
}
