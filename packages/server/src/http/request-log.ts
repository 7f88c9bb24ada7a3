// What is written to the log about a request, and what must never be: bearer tokens, client secrets, and the signatures
// that make a blob URL work for whoever reads it.
import type { FastifyRequest, FastifyServerOptions } from 'fastify';

/** Query parameters whose values grant access. */
const SECRET_PARAMETERS: ReadonlySet<string> = new Set(['sig', 'client_secret', 'access_token', 'client_assertion']);

const CONCEALED = 'REDACTED';

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' ')).trim().toLowerCase();
  } catch {
    return name.toLowerCase();
  }
}

/** The URL with the values of its secret query parameters replaced. */
export function concealSecrets(url: string): string {
  const start = url.indexOf('?');
  if (start < 0) return url;
  const pairs = url
    .slice(start + 1)
    .split('&')
    .map((pair) => {
      const [name = ''] = pair.split('=', 1);
      return SECRET_PARAMETERS.has(decodeName(name)) ? `${name}=${CONCEALED}` : pair;
    });
  return `${url.slice(0, start)}?${pairs.join('&')}`;
}

/** Where log lines go, and from which level on. */
export interface LogOptions {
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';
  /** Takes lines of JSON; standard output when not given. */
  readonly stream?: { write(line: string): void };
}

/** Fastify's logger options for these wishes; no wish, no log. */
export function loggerOptions(wish: boolean | LogOptions = false): Pick<FastifyServerOptions, 'logger'> {
  if (wish === false) return { logger: false };
  const options: LogOptions = wish === true ? { level: 'info' } : wish;
  return {
    logger: {
      level: options.level,
      ...(options.stream !== undefined && { stream: options.stream }),
      serializers: {
        req: (request: FastifyRequest) => ({
          method: request.method,
          url: concealSecrets(request.url),
          host: request.host,
          remoteAddress: request.ip,
        }),
      },
      redact: { paths: ['req.headers', 'headers.authorization', '*.headers.authorization'], censor: CONCEALED },
    },
  };
}
