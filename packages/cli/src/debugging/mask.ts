// Texts that can be shown: without secrets, tokens, assertions and the signatures of SAS URLs.

const MASK = '***';

/** Names under which JSON and forms hold what nobody else may see. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'client_secret',
  'client_assertion',
  'assertion',
  'access_token',
  'refresh_token',
  'id_token',
  'password',
  'clientsecret',
  'accesstoken',
  'accesskey',
  'secrettext',
]);

const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

/** Query parameters that are as good as a key: the signature of a SAS (Azure Storage) and tokens. */
const SECRET_PARAMETERS = /([?&;]|\\u0026|%26|%3F|&amp;)(sig|code|token|access_token)(=|%3D)[^&\s"'\\<>]*/gi;
/** A signed JWT (RFC 7515 §7.1), wherever it stands. */
const JWT = /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g;

export type Mask = (text: string) => string;

/** A secret as it is, and as URLs, forms and JSON have it. */
function formsOf(secret: string): string[] {
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  return [secret, encodeURIComponent(secret), form, JSON.stringify(secret).slice(1, -1)];
}

/** Makes a mask that also hides the given secrets wherever they stand, as they are and as URLs, forms and JSON have them. */
export function createMask(secrets: readonly string[] = []): Mask {
  const hidden = [...new Set(secrets.flatMap(formsOf))]
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length);
  return (text) => {
    const known = hidden.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
    return known.replace(SECRET_PARAMETERS, `$1$2$3${MASK}`).replace(JWT, MASK);
  };
}

export function isSecretName(name: string): boolean {
  return SECRET_NAMES.has(name.toLowerCase());
}

/** A header's value as it can be shown. The scheme of an authorization stays. */
export function maskHeader(name: string, value: string, mask: Mask): string {
  if (!SECRET_HEADERS.has(name.toLowerCase())) return mask(value);
  const scheme = /^(Bearer|Basic|SharedKey|SharedAccessSignature)\s/i.exec(value)?.[1];
  return scheme === undefined ? MASK : `${scheme} ${MASK}`;
}

/** A JSON text as it can be shown, digit by digit as it came; a text that is no JSON is masked as text. */
export function maskJson(text: string, mask: Mask): string {
  try {
    JSON.parse(text);
  } catch {
    return mask(text);
  }
  // The values of secret names, without parsing: 64-bit ids would lose digits.
  const named = text.replace(/"((?:[^"\\]|\\.)*)"(\s*:\s*)"(?:[^"\\]|\\.)*"/g, (whole, name: string, colon: string) =>
    isSecretName(name) ? `"${name}"${colon}"${MASK}"` : whole,
  );
  return mask(named);
}

/** A form (application/x-www-form-urlencoded) as it can be shown. */
export function maskForm(text: string, mask: Mask): string {
  return [...new URLSearchParams(text)]
    .map(([name, value]) => `${name}=${isSecretName(name) ? MASK : mask(value)}`)
    .join('&');
}
