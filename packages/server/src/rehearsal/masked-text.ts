// What a journal may hold of a request's path and of a refusal: nothing with which anybody could do anything.

/** Query parameters whose values grant something, or prove who someone is. */
const SECRET_PARAMETERS: ReadonlySet<string> = new Set([
  'sig',
  'code',
  'token',
  'access_token',
  'id_token',
  'refresh_token',
  'client_secret',
  'client_assertion',
  'assertion',
  'password',
  'secret',
  'key',
]);

const MASK = '***';
/** Longer paths are cut: the journal is kept in memory. */
const LONGEST = 2_000;

/** Three parts of base64url with dots between them: a JSON web token, wherever it stands. */
const WEB_TOKEN = /[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g;
const SIGNATURE = /\b(sig|client_secret|client_assertion|access_token)=[^&\s"']+/gi;

function nameOf(pair: string): string {
  const [name = ''] = pair.split('=', 1);
  try {
    return decodeURIComponent(name.replaceAll('+', ' ')).trim().toLowerCase();
  } catch {
    return name.toLowerCase();
  }
}

/** A text without tokens and signatures. */
export function maskText(text: string): string {
  return text.slice(0, LONGEST).replaceAll(WEB_TOKEN, MASK).replaceAll(SIGNATURE, `$1=${MASK}`);
}

/** Path and query with the values of secret parameters replaced. */
export function maskPath(url: string): string {
  const start = url.indexOf('?');
  if (start < 0) return maskText(url);
  const pairs = url
    .slice(start + 1)
    .split('&')
    .map((pair) => (SECRET_PARAMETERS.has(nameOf(pair)) ? `${pair.split('=', 1)[0]}=${MASK}` : pair));
  return maskText(`${url.slice(0, start)}?${pairs.join('&')}`);
}
