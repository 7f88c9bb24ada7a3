// The end of TLS: takes connections that were meant for one of the real names, and passes their requests to the rehearsal.
// HTTP/1.1 only, as the service's own front speaks it.
import { createServer, type IncomingMessage, maxHeaderSize, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Journal } from '../journal.ts';
import { maskPath, maskText } from '../masked-text.ts';
import type { RunningRehearsal } from '../rehearsal.ts';
import { API_HOST, AUTHORITY_HOSTS, BLOB_HOST } from '../rehearsed-hosts.ts';
import type { ForeignCredentials } from './foreign-credentials.ts';
import type { RunAuthority } from './run-authority.ts';

/** The names for which the rehearsal answers. */
export const INTERCEPTED_HOSTS: readonly string[] = [API_HOST, ...AUTHORITY_HOSTS, BLOB_HOST];

/** The account of the blob store, which is part of the path where it is not part of the name. */
const BLOB_ACCOUNT_PATH = '/assaystore';
/** RFC 9110 §15.5.20: the request was sent to a server that does not answer for its name. */
const MISDIRECTED = 421;
const LONGEST_NAME = 255;
const KEEP_ALIVE_MS = 120_000;

export interface TlsEndOptions {
  readonly authority: RunAuthority;
  readonly rehearsal: RunningRehearsal;
  readonly foreign: ForeignCredentials;
  /** The name that the connection was asked for; without it, any of the names, as the client says in its hello. */
  readonly host?: string;
}

/** Why something was refused before the service saw it; `method` and the rest as far as they are known. */
export interface Refusal {
  readonly method: string;
  readonly host: string;
  readonly path?: string;
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Notes in the journal what the service never saw. */
export function recordRefusal(journal: Journal, { method, host, path = '', status, code, message }: Refusal): void {
  journal.record({
    at: new Date().toISOString(),
    method,
    host: host.slice(0, LONGEST_NAME),
    path: maskPath(path),
    status,
    milliseconds: 0,
    requestBytes: 0,
    responseBytes: 0,
    refusal: { code, message: maskText(message) },
  });
}

/** The name in a Host header, without the port of HTTPS. */
function hostOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').toLowerCase().replace(/:443$/, '');
}

function refuseRequest(journal: Journal, request: IncomingMessage, response: ServerResponse, message: string): void {
  const host = hostOf(request);
  // The path may hold a signature, and nothing here knows how to mask it.
  const path = (request.url ?? '').replace(/\?.*$/s, '');
  recordRefusal(journal, {
    method: request.method ?? '',
    host,
    path,
    status: MISDIRECTED,
    code: 'Misdirected',
    message,
  });
  response.writeHead(MISDIRECTED, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
  response.end(`${message}\n`);
}

/** What Node's parser found wrong with a request; undefined where the connection just ended, or broke. */
function describeMalformed(
  code: string | undefined,
): { readonly status: number; readonly message: string } | undefined {
  if (code === undefined || !code.startsWith('HPE_') || code === 'HPE_INVALID_EOF_STATE') return undefined;
  if (code !== 'HPE_HEADER_OVERFLOW')
    return { status: 400, message: `The request cannot be read as HTTP/1.1 (${code}).` };
  return { status: 431, message: `The headers of the request are longer than ${maxHeaderSize} bytes.` };
}

export interface TlsEnd {
  /** Takes a connection on which the client is about to say its hello. */
  accept(socket: Socket): void;
}

/** Makes the end of TLS for one name, or for all of them. */
export function createTlsEnd({ authority, rehearsal, foreign, host }: TlsEndOptions): TlsEnd {
  const { journal } = rehearsal;
  const secureContext = createSecureContext({ key: authority.serverKey, cert: authority.serverCertificate });
  const isOurs = (name: string): boolean => (host === undefined ? INTERCEPTED_HOSTS.includes(name) : name === host);
  /** Connections over which a request came. */
  const used = new WeakSet<object>();
  /** Those on which one is being answered. */
  const busy = new WeakSet<object>();

  // A large package may take hours to arrive, and clients that poll come back over the same connection.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const { socket } = request;
    used.add(socket);
    busy.add(socket);
    response.on('close', () => busy.delete(socket));
    const name = hostOf(request);
    // false when the client named none, which very old ones do not.
    const { servername } = request.socket as TLSSocket & { readonly servername?: string | false };
    if (!isOurs(name)) {
      const wanted = host ?? 'one of the intercepted names';
      return refuseRequest(journal, request, response, `This connection is for ${wanted}, the request for '${name}'.`);
    }
    if (typeof servername === 'string' && servername.toLowerCase() !== name) {
      const message = `The TLS connection was opened for ${servername}, the request is for '${name}'.`;
      return refuseRequest(journal, request, response, message);
    }
    foreign.notice(name, request);
    // The service has blobs below the name of their account; here the account is the host.
    if (name === BLOB_HOST) request.url = `${BLOB_ACCOUNT_PATH}${request.url ?? '/'}`;
    rehearsal.handle(request, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const malformed = describeMalformed(error.code);
    if (malformed === undefined) return void socket.destroy();
    used.add(socket);
    const { status, message } = malformed;
    const { servername } = socket as TLSSocket & { readonly servername?: string | false };
    recordRefusal(journal, { method: '', host: host ?? (servername || ''), status, code: 'MalformedRequest', message });
    // Nothing may be written into the midst of another answer.
    if (busy.has(socket) || !socket.writable) return void socket.destroy();
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close`;
    socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(message) + 1}\r\n\r\n${message}\n`, () =>
      socket.destroy(),
    );
  });

  return {
    accept(socket) {
      const secured = new TLSSocket(socket, {
        isServer: true,
        secureContext,
        ALPNProtocols: ['http/1.1'],
        SNICallback: (name, done) => {
          if (isOurs(name.toLowerCase())) done(null, secureContext);
          else done(new Error(`the client wants to talk to ${name}`));
        },
      });
      let reason = 'the client ended the connection';
      let open = false;
      secured.on('error', (error: NodeJS.ErrnoException) => {
        reason = error.code ?? error.message;
        secured.destroy();
      });
      secured.on('end', () => {
        if (!open) secured.destroy();
      });
      secured.on('secure', () => {
        open = true;
        server.emit('connection', secured);
      });
      secured.on('close', () => {
        socket.destroy();
        // Some clients look at the certificate only when the handshake is over, and then leave.
        if (used.has(secured)) return;
        const { servername } = secured as TLSSocket & { readonly servername?: string | false };
        recordRefusal(journal, {
          method: 'CONNECT',
          host: host ?? (servername || 'unknown'),
          status: 0,
          code: 'HandshakeFailed',
          message: `No request came over this connection (${reason}). If the client fails here, it does not trust the certificates of the rehearsal: it reads none of the trust variables, or was told to trust others.`,
        });
      });
    },
  };
}
