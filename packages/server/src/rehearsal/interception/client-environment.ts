// The environment of a rehearsed command: proxy and trust variables as curl, Python, Node, Go, .NET and Deno read them, the
// credentials of the rehearsal under the names that clients of the service know, and none that lead elsewhere.
import type { Credentials } from '../../provision.ts';
import { API_HOST } from '../rehearsed-hosts.ts';

export interface ClientEnvironmentOptions {
  /** The environment to begin with: that of the caller. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly credentials: Credentials;
  readonly proxyUrl: string;
  /** PEM file with the run's authority. */
  readonly certificateFile: string;
  /** Bearer token of `/_rehearsal/`. */
  readonly key: string;
  /** Further variables, as templates: `{clientSecret}` stands for that value. */
  readonly templates?: readonly EnvironmentTemplate[];
}

export interface EnvironmentTemplate {
  readonly name: string;
  readonly template: string;
}

/** A variable was asked for that cannot be made. */
export class EnvironmentTemplateError extends Error {
  override readonly name = 'EnvironmentTemplateError';
}

const API_URL = `https://${API_HOST}`;

/** What templates can name. */
export const TEMPLATE_VALUES = [
  'tenantId',
  'clientId',
  'clientSecret',
  'sellerId',
  'certificate',
  'certificatePassword',
  'apiUrl',
  'rehearsalUrl',
  'rehearsalKey',
  'proxyUrl',
  'certificateFile',
] as const;
type TemplateValue = (typeof TEMPLATE_VALUES)[number];

/** Loopback alone goes around the proxy. */
const WITHOUT_PROXY = 'localhost,127.0.0.1,::1';

/**
 * Variables that would lead a client past the rehearsal, or give it credentials that are not of the rehearsal. Compared
 * without case: Windows knows no other way, and clients read both cases of the proxy's.
 */
const REMOVED: readonly RegExp[] = [
  // Proxies and trust.
  /^(?:ALL|FTP|WS|WSS)_PROXY$/,
  /^(?:GLOBAL_AGENT_|npm_config_)?(?:HTTPS?|NO)_PROXY$/,
  /^SSL_CERT_DIR$/,
  /^DOTNET_SYSTEM_NET_HTTP_/,
  // Identities of Azure, in the forms that its libraries look for.
  /^AZURE_(?:CLIENT_|FEDERATED_|USERNAME$|PASSWORD$|AUTHORITY_HOST$|TENANT_ID$|REGIONAL_AUTHORITY_NAME$|POD_IDENTITY_|TOKEN_CREDENTIALS$|ADDITIONALLY_ALLOWED_TENANTS$|ACCESS_TOKEN$)/,
  /^(?:IDENTITY|MSI)_/,
  /^IMDS_ENDPOINT$/,
  /^ARM_(?:CLIENT|TENANT|OIDC|USE)_/,
  /^ACTIONS_ID_TOKEN_REQUEST_/,
  // Those of this project and of SDCM.
  /^SDCM_/,
  /^ASSAY_(?:URL|PROFILE|CONFIG|ACCESS_TOKEN|REHEARSAL_|SUBMISSION_CERTIFICATE)/,
].map((pattern) => new RegExp(pattern.source, 'i'));

/** What each value of a template is. */
function templateValues(options: ClientEnvironmentOptions): Readonly<Record<TemplateValue, string>> {
  const { credentials, proxyUrl, certificateFile, key } = options;
  return {
    tenantId: credentials.tenantId,
    clientId: credentials.clientId,
    clientSecret: credentials.clientSecret,
    sellerId: credentials.sellerId,
    certificate: credentials.submissionCertificate,
    certificatePassword: credentials.submissionCertificatePassword,
    apiUrl: API_URL,
    rehearsalUrl: credentials.url,
    rehearsalKey: key,
    proxyUrl,
    certificateFile,
  };
}

function isTemplateValue(name: string): name is TemplateValue {
  const known: readonly string[] = TEMPLATE_VALUES;
  return known.includes(name);
}

/** Reads `NAME=TEMPLATE`. Throws EnvironmentTemplateError. */
export function parseEnvironmentTemplate(text: string): EnvironmentTemplate {
  const [, name, template] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || template === undefined) {
    throw new EnvironmentTemplateError(
      `'${text}' is not NAME=VALUE, such as HDC_SECRET={clientSecret}; values: ${TEMPLATE_VALUES.join(', ')}.`,
    );
  }
  for (const [, value = ''] of template.matchAll(/\{(\w+)\}/g)) {
    if (isTemplateValue(value)) continue;
    throw new EnvironmentTemplateError(`There is no {${value}}. There are: ${TEMPLATE_VALUES.join(', ')}.`);
  }
  return { name, template };
}

/** The variables that a rehearsal sets, by name. */
export function rehearsalVariables(options: ClientEnvironmentOptions): Readonly<Record<string, string>> {
  const { credentials, proxyUrl, certificateFile, key } = options;
  const values = templateValues(options);
  const named = (options.templates ?? []).map(({ name, template }): [string, string] => [
    name,
    template.replaceAll(/\{(\w+)\}/g, (whole, value: string) => (isTemplateValue(value) ? values[value] : whole)),
  ]);
  return {
    HTTPS_PROXY: proxyUrl,
    https_proxy: proxyUrl,
    HTTP_PROXY: proxyUrl,
    http_proxy: proxyUrl,
    NO_PROXY: WITHOUT_PROXY,
    no_proxy: WITHOUT_PROXY,
    // Node reads the proxy variables only when told to.
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: certificateFile,
    // OpenSSL, and with it Python's ssl and .NET on Linux; Go; Rust's native roots.
    SSL_CERT_FILE: certificateFile,
    REQUESTS_CA_BUNDLE: certificateFile,
    CURL_CA_BUNDLE: certificateFile,
    DENO_CERT: certificateFile,
    AZURE_TENANT_ID: credentials.tenantId,
    AZURE_CLIENT_ID: credentials.clientId,
    AZURE_CLIENT_SECRET: credentials.clientSecret,
    SDCM_CREDS_TENANTID: credentials.tenantId,
    SDCM_CREDS_CLIENTID: credentials.clientId,
    SDCM_CREDS_KEY: credentials.clientSecret,
    SDCM_CREDS_URL: `${API_URL}/`,
    SDCM_CREDS_URLPREFIX: 'v2.0/my',
    ASSAY_URL: API_URL,
    ASSAY_REHEARSAL_URL: credentials.url,
    ASSAY_REHEARSAL_KEY: key,
    ASSAY_SUBMISSION_CERTIFICATE: credentials.submissionCertificate,
    ASSAY_SUBMISSION_CERTIFICATE_PASSWORD: credentials.submissionCertificatePassword,
    ...Object.fromEntries(named),
  };
}

/** The whole environment of the command. */
export function clientEnvironment(options: ClientEnvironmentOptions): Record<string, string> {
  const kept = Object.entries(options.inherited).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !REMOVED.some((pattern) => pattern.test(entry[0])),
  );
  return { ...Object.fromEntries(kept), ...rehearsalVariables(options) };
}
