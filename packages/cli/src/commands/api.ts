// `assay api`: any request to the service with its token, for what has no command of its own.
import { type HardwareClient, parseJson, readPage, stringifyJson, withBigintIds } from '@assay/hardware-api';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandError, EXIT } from '../exit-codes.ts';
import { interruptible } from '../interruption.ts';
import { checkQuery, OUTPUT_FORMATS, type OutputFormat, type OutputOptions, printResult } from '../output.ts';
import { addDryRunOption, type DryRunOptions, planRequests, printPlan } from '../requesting/dry-run.ts';
import { type JsonObject, readJsonInput } from '../requesting/request-body.ts';
import { addServiceOptions, connect, type ServiceOptions } from '../service-client.ts';

interface ApiOptions extends ServiceOptions, DryRunOptions {
  readonly body?: string;
  readonly field: readonly Field[];
  readonly paginate?: boolean;
  readonly output?: OutputFormat;
  readonly query?: string;
}

type Field = readonly [name: string, value: unknown];

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const ROOT = '/v2.0/my/hardware/';

function parseMethod(text: string): string {
  const method = text.toUpperCase();
  if (!METHODS.includes(method)) throw new InvalidArgumentError(`Write one of ${METHODS.join(', ')}.`);
  return method;
}

/** Path and query of a path, of one below the API's root, or of an address: the request goes to the service of the options. */
function parsePath(text: string): string {
  const base = new URL(ROOT, 'https://service.invalid');
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError(
      'Write a path such as products or /v2.0/my/hardware/products; Git Bash turns the second into a Windows path.',
    );
  }
  return url.pathname + url.search;
}

/** `name=value`: what reads as a number, true, false, null, a list or an object is that, everything else text. */
function parseField(text: string, isJson: boolean): Field {
  const separator = text.indexOf('=');
  if (separator < 1) throw new InvalidArgumentError('Write NAME=VALUE.');
  const value = text.slice(separator + 1);
  if (!isJson) return [text.slice(0, separator), value];
  try {
    return [text.slice(0, separator), parseJson(value)];
  } catch {
    return [text.slice(0, separator), value];
  }
}

function toQueryText(value: unknown): string {
  return typeof value === 'string' ? value : stringifyJson(value);
}

interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** The request: fields go into the query of a GET and into the body of anything else, over what --body has. */
async function toRequest(method: string, path: string, { body: file, field: fields }: ApiOptions): Promise<ApiRequest> {
  const read = method === 'GET' || method === 'HEAD';
  const body = file === undefined ? undefined : await readJsonInput(file);
  if (fields.length === 0) return { method, path, body };
  if (read) {
    const query = new URLSearchParams(fields.map(([name, value]): [string, string] => [name, toQueryText(value)]));
    return { method, path: `${path}${path.includes('?') ? '&' : '?'}${query}`, body };
  }
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) {
    throw new CommandError(EXIT.usage, '--field needs a body that is a JSON object.', 'Leave out --body or --field.');
  }
  return { method, path, body: { ...(body as JsonObject | undefined), ...Object.fromEntries(fields) } };
}

/** The elements of all pages, as the service links them. */
async function readPages(client: HardwareClient, first: string): Promise<unknown[]> {
  const all: unknown[] = [];
  let path: string | undefined = first;
  while (path !== undefined) {
    const answer = await client.request('GET', path);
    if (!Array.isArray((answer as { readonly value?: unknown } | undefined)?.value)) {
      throw new CommandError(EXIT.usage, `GET ${path} answers with no list.`, 'Leave out --paginate.');
    }
    const { items, next } = readPage(answer, path, ROOT.slice(0, -1));
    all.push(...items);
    path = next;
  }
  return all;
}

/** Without -o and --query as JSON in which ids are what the service writes; otherwise they are strings, as everywhere. */
async function print(answer: unknown, { output, query }: ApiOptions): Promise<void> {
  if (answer === undefined) return;
  if (output === undefined && query === undefined) {
    process.stdout.write(`${stringifyJson(answer, 2)}\n`);
    return;
  }
  const options: OutputOptions = { output: output ?? 'json', ...(query === undefined ? {} : { query }) };
  await printResult(withBigintIds(answer), undefined, options);
}

async function api(method: string, path: string, options: ApiOptions): Promise<void> {
  const request = await toRequest(method, path, options);
  if (options.paginate === true && method !== 'GET') {
    throw new CommandError(EXIT.usage, '--paginate goes with GET.', 'Leave it out.');
  }
  if (options.dryRun === true && method !== 'GET' && method !== 'HEAD') {
    const plan = await planRequests((client) => client.request(method, request.path, request.body));
    await printPlan(plan, { output: options.output ?? 'table', ...(options.query && { query: options.query }) });
    return;
  }
  await interruptible(async (signal) => {
    const client = await connect(options, signal);
    const answer = options.paginate
      ? await readPages(client, request.path)
      : await client.request(method, request.path, request.body);
    await print(answer, options);
  });
}

export function apiCommand(): Command {
  const command = new Command('api')
    .argument('<method>', METHODS.join(', '), parseMethod)
    .argument('<path>', `path at the service; one without a slash in front is below ${ROOT}`, parsePath)
    .addOption(new Option('--body <file>', 'JSON file with the body, or - for stdin'))
    .option(
      '--field <name=value>',
      'a property of the body, or of the query for GET; numbers, true, false, null, [] and {} are JSON; may be repeated',
      (text, before: readonly Field[]) => [...before, parseField(text, true)],
      [],
    )
    .option(
      '--raw-field <name=value>',
      'the same, always text; may be repeated',
      (text, before: readonly Field[] = []) => [...before, parseField(text, false)],
    )
    .option('--paginate', 'get all pages and print one list')
    // No default: without it ids are printed as the service wrote them.
    .addOption(new Option('-o, --output <format>', 'what to print').choices(OUTPUT_FORMATS))
    .option('--query <jmespath>', 'print only what this JMESPath expression finds in the answer');
  return checkQuery(addServiceOptions(addDryRunOption(command)))
    .addHelpText(
      'after',
      '\nExamples:\n  assay api GET products --paginate --query "[].productName" -o jsonl\n  assay api PATCH products/13635057453741329 --field "productName=Echo 2" --dry-run\n  assay api POST products --body product.json\n\nWithout -o ids are the bare numbers that the service writes; a program that reads them as floating point loses digits.',
    )
    .action((method: string, path: string, options: ApiOptions & { readonly rawField?: readonly Field[] }) =>
      api(method, path, { ...options, field: [...options.field, ...(options.rawField ?? [])] }),
    );
}
