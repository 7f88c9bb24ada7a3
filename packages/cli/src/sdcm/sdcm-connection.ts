// Whom sdcm signs in as, by `-creds` and `-server`: its environment variables, an `authconfig.json` in the working folder, or
// what every other command of ours uses.
import { readFile } from 'node:fs/promises';
import type { HardwareClient } from '@assay/hardware-api';
import { resolveConnection } from '../credentials.ts';
import { createServiceClient } from '../service-client.ts';
import type { SdcmArguments } from './arguments.ts';
import { SdcmFailure } from './return-codes.ts';

const AUTH_CONFIG = 'authconfig.json';
const URL_PREFIX = 'v2.0/my';
const MICROSOFT = 'https://manage.devcenter.microsoft.com';
const MICROSOFT_AUTHORITY = 'https://login.microsoftonline.com';
const DEFAULT_TIMEOUT_SECONDS = 300;

interface AuthConfigEntry {
  readonly tenantId: string;
  readonly clientId: string;
  readonly key: string;
  readonly url: string;
  readonly urlPrefix: string;
}

function noCredentials(message: string): SdcmFailure {
  return new SdcmFailure(
    'NO_DEV_CENTER_CREDENTIALS_FOUND',
    `${message}\nError Parsing Options: Unable to get Dev Center Credentials`,
  );
}

function entryOf(value: unknown, source: string): AuthConfigEntry {
  const fields = new Map(
    typeof value === 'object' && value !== null
      ? Object.entries(value).map(([name, member]) => [name.toLowerCase(), member])
      : [],
  );
  const field = (name: string): string => {
    const found = fields.get(name.toLowerCase());
    // What the file of a fresh sdcm holds in place of an answer.
    if (typeof found !== 'string' || found.trim() === '' || ['guid', 'string'].includes(found)) {
      throw noCredentials(`> ERROR: ${source}: ${name} is missing.`);
    }
    return found.trim();
  };
  const entry = {
    tenantId: field('tenantId'),
    clientId: field('clientId'),
    key: field('key'),
    url: fields.has('url') ? field('url') : MICROSOFT,
    urlPrefix: fields.has('urlprefix') ? field('urlPrefix') : URL_PREFIX,
  };
  if (entry.urlPrefix.replace(/^\/|\/$/g, '').toLowerCase() !== URL_PREFIX) {
    throw noCredentials(`> ERROR: ${source}: urlPrefix must be ${URL_PREFIX}; ${entry.urlPrefix} is not spoken here.`);
  }
  if (!URL.canParse(entry.url)) throw noCredentials(`> ERROR: ${source}: url is no URL: ${entry.url}`);
  return entry;
}

function environmentEntry(): AuthConfigEntry {
  const { SDCM_CREDS_TENANTID, SDCM_CREDS_CLIENTID, SDCM_CREDS_KEY, SDCM_CREDS_URL, SDCM_CREDS_URLPREFIX } =
    process.env;
  return entryOf(
    {
      tenantId: SDCM_CREDS_TENANTID,
      clientId: SDCM_CREDS_CLIENTID,
      key: SDCM_CREDS_KEY,
      ...(SDCM_CREDS_URL ? { url: SDCM_CREDS_URL } : {}),
      ...(SDCM_CREDS_URLPREFIX ? { urlPrefix: SDCM_CREDS_URLPREFIX } : {}),
    },
    'SDCM_CREDS_TENANTID, SDCM_CREDS_CLIENTID and SDCM_CREDS_KEY',
  );
}

/** The entries of authconfig.json; undefined when there is no such file. */
async function readAuthConfig(): Promise<readonly unknown[] | undefined> {
  let text: string;
  try {
    text = await readFile(AUTH_CONFIG, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let entries: unknown;
  try {
    entries = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    entries = undefined;
  }
  if (!Array.isArray(entries)) throw noCredentials(`> ERROR: ${AUTH_CONFIG} holds no JSON list.`);
  return entries;
}

function chooseServer(server: string | undefined, count: number): number {
  const index = server === undefined ? 0 : Number(server);
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    const message = `Error Parsing Options: OverrideServer invalid - ${server}`;
    throw new SdcmFailure('OVERRIDE_SERVER_INVALID', message);
  }
  return index;
}

/** The client of one run. Throws SdcmFailure when there are no credentials. */
export async function connectAsSdcm(options: SdcmArguments, signal: AbortSignal): Promise<HardwareClient> {
  const creds = (options.creds ?? 'AADThenFile').toLowerCase();
  const seconds = Number(options.timeout ?? DEFAULT_TIMEOUT_SECONDS);
  const requestTimeoutMs = (Number.isInteger(seconds) && seconds > 0 ? seconds : DEFAULT_TIMEOUT_SECONDS) * 1000;
  if (['managedidentity', 'mithenfile', 'aadonly'].includes(creds)) {
    throw noCredentials(
      `> ERROR: -creds ${options.creds} is not supported: there is no managed identity and nobody signs in by hand. Use ENVOnly, FileOnly or a federated token (see "assay auth status").`,
    );
  }
  let entry: AuthConfigEntry | undefined;
  if (creds === 'envonly' || creds === 'clientcredentials') {
    entry = environmentEntry();
    chooseServer(options.server, 1);
  } else {
    const entries = await readAuthConfig();
    if (entries === undefined && creds === 'fileonly') {
      throw noCredentials(`> ERROR: there is no ${AUTH_CONFIG} in the working folder.`);
    }
    if (entries !== undefined) {
      const index = chooseServer(options.server, entries.length);
      entry = entryOf(entries[index], `${AUTH_CONFIG}, entry ${index}`);
    }
  }
  const serviceOptions = options.verbose === true ? { debug: true } : {};
  if (entry === undefined) {
    chooseServer(options.server, 1);
    const connection = await resolveConnection({}, process.env);
    return createServiceClient(connection, serviceOptions, { signal, requestTimeoutMs });
  }
  const { origin } = new URL(entry.url);
  const connection = {
    url: origin,
    authority: process.env.AZURE_AUTHORITY_HOST || (origin === MICROSOFT ? MICROSOFT_AUTHORITY : origin),
    tenantId: entry.tenantId,
    clientId: entry.clientId,
    credential: { kind: 'client-secret', clientSecret: entry.key },
    identitySource: '-creds',
    endpointSource: '-creds',
    profile: undefined,
  } as const;
  return createServiceClient(connection, serviceOptions, { signal, requestTimeoutMs });
}
