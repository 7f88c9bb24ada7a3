// The configuration of foreign issuers: other authorities (Entra ID, any OpenID provider) whose tokens are taken beside our
// own, and what their tenants and applications are called here. Read from a JSON file when the service starts.
import { RESOURCE_FORMS } from './resource.ts';

/** What a foreign token may be signed with. */
export const FOREIGN_ALGORITHMS = ['RS256', 'PS256', 'ES256'] as const;
export type ForeignAlgorithm = (typeof FOREIGN_ALGORITHMS)[number];

/** One authority whose tokens are accepted. */
export interface ForeignIssuer {
  /** The exact `iss` of its tokens. */
  readonly issuer: string;
  /** Where its keys are; found by OpenID Connect Discovery under the issuer when absent. */
  readonly jwksUri?: string;
  /** The values of `aud` that are meant for this service. */
  readonly audiences: readonly string[];
  /** All of FOREIGN_ALGORITHMS when absent. */
  readonly algorithms?: readonly ForeignAlgorithm[];
  /** The claim that names the caller's organisation. `tid` when absent. */
  readonly tenantClaim?: string;
  /** Value of that claim → seller id. Tokens of other tenants are refused. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** The seller id for every token of this issuer, where it has no tenants. */
  readonly account?: string;
  /** The claims that name the caller's application; the first that is there counts. `appid`, then `azp` when absent. */
  readonly applicationClaims?: readonly string[];
  /** Value of that claim → client id of an application here. A value that is not listed must itself be a client id here. */
  readonly applications?: Readonly<Record<string, string>>;
  /** Whether tokens are taken that were issued by Microsoft for Microsoft's own service. See docs/guide/foreign-issuers.md. */
  readonly allowMicrosoftAudience?: boolean;
}

/** The configuration cannot be used, and why. */
export class IssuerConfigurationError extends Error {
  override readonly name = 'IssuerConfigurationError';
}

/** Hosts of Microsoft's authorities in its public and national clouds, from "National clouds: Microsoft Entra authentication endpoints". */
const MICROSOFT_AUTHORITIES: ReadonlySet<string> = new Set([
  'login.microsoftonline.com',
  'login.microsoft.com',
  'login.windows.net',
  'sts.windows.net',
  'login.live.com',
  'login.microsoftonline.us',
  'login-us.microsoftonline.com',
  'sts.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'login.chinacloudapi.cn',
  'sts.chinacloudapi.cn',
  'login.microsoftonline.de',
]);

/** Whether an `iss` is one of Microsoft's. */
export function isMicrosoftAuthority(issuer: string): boolean {
  return URL.canParse(issuer) && MICROSOFT_AUTHORITIES.has(new URL(issuer).hostname.toLowerCase());
}

/** Whether an `aud` is the service at Microsoft that this one stands in for. */
export function isMicrosoftAudience(audience: string): boolean {
  return RESOURCE_FORMS.some((form) => form === audience.toLowerCase());
}

const isLoopback = ({ hostname }: URL): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(hostname);

/** Whether keys may be fetched from there: over TLS, or without it on this machine. */
export function isSafeAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string' && value.trim() !== '';
const isTexts: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(isText);
const isAddress: Check = (value) => typeof value === 'string' && isSafeAddress(value);
const isSellerId: Check = (value) => typeof value === 'string' && /^[0-9]{1,19}$/.test(value);
const isMapOf =
  (check: Check): Check =>
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(check);

interface Property {
  readonly check: Check;
  readonly needed?: boolean;
  /** What is expected, after "must be". */
  readonly expected: string;
}

const PROPERTIES: Readonly<Record<keyof ForeignIssuer, Property>> = {
  issuer: { check: isAddress, needed: true, expected: 'an https address' },
  jwksUri: { check: isAddress, expected: 'an https address' },
  audiences: { check: isTexts, needed: true, expected: 'a list of one or more texts' },
  algorithms: {
    check: (value) => isTexts(value) && (value as string[]).every((item) => FOREIGN_ALGORITHMS.includes(item as never)),
    expected: `a list of ${FOREIGN_ALGORITHMS.join(', ')}`,
  },
  tenantClaim: { check: isText, expected: 'the name of a claim' },
  accounts: { check: isMapOf(isSellerId), expected: 'an object of seller ids, written as texts' },
  account: { check: isSellerId, expected: 'a seller id, written as a text' },
  applicationClaims: { check: isTexts, expected: 'a list of names of claims' },
  applications: { check: isMapOf(isText), expected: 'an object of client ids' },
  allowMicrosoftAudience: { check: (value) => typeof value === 'boolean', expected: 'true or false' },
};

function readIssuer(value: unknown, place: string): ForeignIssuer {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new IssuerConfigurationError(`${place} must be an object.`);
  }
  for (const name of Object.keys(value)) {
    if (!(name in PROPERTIES)) throw new IssuerConfigurationError(`${place} has an unknown property "${name}".`);
  }
  for (const [name, { check, needed = false, expected }] of Object.entries(PROPERTIES)) {
    const given: unknown = (value as Record<string, unknown>)[name];
    if (given === undefined ? needed : !check(given)) {
      throw new IssuerConfigurationError(`${place}.${name} must be ${expected}.`);
    }
  }
  const issuer = value as ForeignIssuer;
  if ((issuer.account === undefined) === (issuer.accounts === undefined)) {
    throw new IssuerConfigurationError(
      `${place} needs either "accounts" (tenant → seller id) or "account" (one seller id for the whole issuer).`,
    );
  }
  if (
    isMicrosoftAuthority(issuer.issuer) &&
    issuer.audiences.some(isMicrosoftAudience) &&
    issuer.allowMicrosoftAudience !== true
  ) {
    throw new IssuerConfigurationError(
      `${place}.audiences holds ${RESOURCE_FORMS[0]}: such a token opens the caller's account at Microsoft to whoever gets it. Register an application of your own for this service and use its audience, or say "allowMicrosoftAudience": true.`,
    );
  }
  return issuer;
}

/**
 * Reads `{ "issuers": [ … ] }`. Throws IssuerConfigurationError that names the place, also for properties that are not
 * known: one that is misspelt must not silently mean less safety.
 */
export function parseIssuerConfiguration(text: string): readonly ForeignIssuer[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new IssuerConfigurationError(`The file is not valid JSON: ${(error as Error).message}`);
  }
  const list = typeof value === 'object' && value !== null ? (value as { issuers?: unknown }).issuers : undefined;
  if (!Array.isArray(list)) throw new IssuerConfigurationError('The file must hold {"issuers": [ … ]}.');
  const issuers = list.map((item, index) => readIssuer(item, `issuers[${index}]`));
  const twice = issuers.find((one, index) => issuers.findIndex(({ issuer }) => issuer === one.issuer) !== index);
  if (twice !== undefined) throw new IssuerConfigurationError(`The issuer ${twice.issuer} is listed twice.`);
  return issuers;
}
