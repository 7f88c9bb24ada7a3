// Service shared access signatures for one blob, as Azure Storage defines them for version 2020-12-06 and later
// (learn.microsoft.com/rest/api/storageservices/create-service-sas).
import { createHmac, timingSafeEqual } from 'node:crypto';
import { BlockList, isIPv4 } from 'node:net';
import type { Clock } from '../clock.ts';
import { BlobError } from './errors.ts';

/** The storage version that our own signatures name. */
export const SAS_VERSION = '2024-11-04';
/** The first version whose string-to-sign has the sixteen fields below. */
const FIRST_VERSION = '2020-12-06';

export interface SasRequest {
  readonly container: string;
  readonly blob: string;
  /** Letters in Azure's order: `rl` to download, `rwl` to upload. */
  readonly permissions: string;
  readonly expiresAt: Date;
  /** Name under which a download is saved; every character outside [A-Za-z0-9_.] becomes `_`. */
  readonly fileName?: string;
}

/** Response headers that the URL asks for (`rscc`, `rscd`, `rsce`, `rscl`, `rsct`). */
export interface ResponseOverrides {
  readonly 'cache-control'?: string;
  readonly 'content-disposition'?: string;
  readonly 'content-encoding'?: string;
  readonly 'content-language'?: string;
  readonly 'content-type'?: string;
}

/** From where and how a request came, for signatures that restrict it (`spr`, `sip`). */
export interface SasClient {
  /** `http` or `https`. */
  readonly protocol: string;
  readonly address: string;
}

export type SasVerification =
  | { readonly ok: true; readonly overrides: ResponseOverrides }
  | { readonly ok: false; readonly error: BlobError };

export interface Sas {
  readonly accountName: string;
  readonly clock: Clock;
  /** The query string, without `?`, that grants the permissions on the blob. */
  sign(request: SasRequest): string;
  /**
   * Whether the query string grants `permission` (one letter) on the blob now. A restriction that cannot be judged because
   * `client` is not given counts as not met.
   */
  verify(
    container: string,
    blob: string,
    searchParams: URLSearchParams,
    permission: string,
    client?: SasClient,
  ): SasVerification;
}

/** Query parameters in the order of the string-to-sign; `undefined` stands for the canonical name of the blob. */
const SIGNED_FIELDS: readonly (string | undefined)[] = [
  'sp',
  'st',
  'se',
  undefined,
  'si',
  'sip',
  'spr',
  'sv',
  'sr',
  'snapshot',
  'ses',
  'rscc',
  'rscd',
  'rsce',
  'rscl',
  'rsct',
];

const OVERRIDE_HEADERS: Readonly<Record<string, keyof ResponseOverrides>> = {
  rscc: 'cache-control',
  rscd: 'content-disposition',
  rsce: 'content-encoding',
  rscl: 'content-language',
  rsct: 'content-type',
};

/** Each may be given once; the signature does not cover a second one. */
const SAS_PARAMETERS = [...SIGNED_FIELDS.filter((name) => name !== undefined), 'sig'];

const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?Z)?$/;

function parseMoment(text: string): number {
  if (!MOMENT.test(text)) return Number.NaN;
  // Azure allows seven digits of a second, Date.parse is only sure to take three.
  return Date.parse(text.replace(/(\.\d{3})\d+Z$/, '$1Z'));
}

function formatMoment(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

function authenticationFailure(detail: string): SasVerification {
  return { ok: false, error: new BlobError('AuthenticationFailed', { AuthenticationErrorDetail: detail }) };
}

function addressIsAllowed(restriction: string, address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  const [first = '', last = first, ...rest] = restriction.split('-');
  if (rest.length > 0 || !isIPv4(first) || !isIPv4(last) || !isIPv4(plain)) return false;
  try {
    const range = new BlockList();
    range.addRange(first, last);
    return range.check(plain);
  } catch {
    return false;
  }
}

/**
 * Signs and verifies with one account key.
 *
 * @param options.accountKey the key's bytes (not its base64)
 */
export function createSas(options: {
  readonly accountName: string;
  readonly accountKey: Uint8Array;
  readonly clock: Clock;
}): Sas {
  const { accountName, accountKey, clock } = options;

  function signature(container: string, blob: string, value: (name: string) => string): Buffer {
    const canonicalName = `/blob/${accountName}/${container}/${blob}`;
    const text = SIGNED_FIELDS.map((name) => (name === undefined ? canonicalName : value(name))).join('\n');
    return createHmac('sha256', accountKey).update(text, 'utf8').digest();
  }

  function sign({ container, blob, permissions, expiresAt, fileName }: SasRequest): string {
    const disposition =
      fileName === undefined ? undefined : `attachment; filename=${fileName.replace(/[^A-Za-z0-9_.]/g, '_')}`;
    const values: Record<string, string> = {
      sv: SAS_VERSION,
      se: formatMoment(expiresAt),
      sr: 'b',
      sp: permissions,
      ...(disposition === undefined ? {} : { rscd: disposition }),
    };
    const query = Object.entries(values).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    query.push(
      `sig=${encodeURIComponent(signature(container, blob, (name) => values[name] ?? '').toString('base64'))}`,
    );
    // `=` inside a value is escaped like everything else: @azure/core-client loses what follows a second bare one. Clients that
    // look for `filename=` unescape the query first.
    return query.join('&');
  }

  function verify(
    container: string,
    blob: string,
    searchParams: URLSearchParams,
    permission: string,
    client?: SasClient,
  ): SasVerification {
    const value = (name: string): string => searchParams.get(name) ?? '';
    for (const name of SAS_PARAMETERS) {
      if (searchParams.getAll(name).length > 1) return authenticationFailure(`${name} is given more than once.`);
    }
    if (value('sig') === '') return authenticationFailure('The URL carries no shared access signature (sig).');
    if (!/^\d{4}-\d{2}-\d{2}$/.test(value('sv')) || value('sv') < FIRST_VERSION) {
      return authenticationFailure(`sv must be ${FIRST_VERSION} or later.`);
    }
    if (value('sr') !== 'b') return authenticationFailure('sr must be b: only signatures for one blob are accepted.');
    if (value('si') !== '') return authenticationFailure('si is not accepted: there are no stored access policies.');

    // The texts are compared, not the bytes: base64 has several spellings for the same bytes.
    const expected = Buffer.from(signature(container, blob, value).toString('base64'));
    const given = Buffer.from(value('sig'));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      return authenticationFailure('Signature did not match.');
    }

    const now = clock();
    const start = value('st') === '' ? Number.NEGATIVE_INFINITY : parseMoment(value('st'));
    const end = parseMoment(value('se'));
    if (!(start <= now.getTime() && now.getTime() < end)) {
      return authenticationFailure(
        `Signature not valid in the specified time frame: Start [${value('st')}] - Expiry [${value('se')}] - Current [${now.toISOString()}]`,
      );
    }
    if (
      value('spr') !== '' &&
      !value('spr')
        .split(',')
        .includes(client?.protocol ?? '')
    ) {
      return { ok: false, error: new BlobError('AuthorizationProtocolMismatch') };
    }
    if (value('sip') !== '' && !addressIsAllowed(value('sip'), client?.address ?? '')) {
      return { ok: false, error: new BlobError('AuthorizationSourceIPMismatch') };
    }
    if (!value('sp').includes(permission)) {
      return { ok: false, error: new BlobError('AuthorizationPermissionMismatch') };
    }
    const overrides = Object.entries(OVERRIDE_HEADERS)
      .filter(([name]) => value(name) !== '')
      .map(([name, header]) => [header, value(name)] as const);
    return { ok: true, overrides: Object.fromEntries(overrides) };
  }

  return { accountName, clock, sign, verify };
}
