// The intercepting proxy: leads HTTPS for the service's own names to the rehearsal, and refuses everything else. It opens no
// connection to anywhere. It listens on the loopback address only and asks for no password: other users of the machine reach
// nothing through it but a service that is thrown away, whose credentials they do not have.
// RFC 9110 §9.3.6 (CONNECT), RFC 9112 §3.2.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RunningRehearsal } from '../rehearsal.ts';
import type { ForeignCredentials } from './foreign-credentials.ts';
import type { RunAuthority } from './run-authority.ts';
import { createTlsEnd, INTERCEPTED_HOSTS, recordRefusal } from './tls-end.ts';

export interface Proxy {
  /** `http://127.0.0.1:` and the port. */
  readonly url: string;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly authority: RunAuthority;
  readonly rehearsal: RunningRehearsal;
  readonly foreign: ForeignCredentials;
}

const HTTPS_PORT = '443';
const TARGET = /^(\[[0-9A-Fa-f:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

interface Decision {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Why a name is not led anywhere. */
function refusalOf(host: string, port: string): Decision {
  const status = 403;
  if (LOOPBACK.test(host)) {
    const message = `${host}:${port} is this machine itself, for which clients use no proxy: the client does not honour NO_PROXY.`;
    return { status, code: 'LoopbackThroughProxy', message };
  }
  if (INTERCEPTED_HOSTS.includes(host)) {
    return {
      status,
      code: 'PortNotIntercepted',
      message: `${host} is intercepted at port ${HTTPS_PORT}, not ${port}.`,
    };
  }
  if (/\.blob\.core\.windows\.net$/.test(host)) {
    const message = `${host} is a storage account outside the rehearsal. Use the upload and download URLs that the service gives.`;
    return { status, code: 'OtherStorageAccount', message };
  }
  const message = `${host} is not part of the rehearsal, and nothing leaves it. Fetch what the command needs before it runs.`;
  return { status, code: 'HostNotIntercepted', message };
}

function refuseConnect(socket: Duplex, { status, message }: Decision): void {
  const body = `${message}\n`;
  const reason = status === 400 ? 'Bad Request' : 'Forbidden';
  const headers = [
    `HTTP/1.1 ${status} ${reason}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
  // Nobody reads from it any more; unread, its end would never be seen and the connection stay.
  socket.resume();
}

/** Where a request in absolute form wants to go; the path is without its query, which may hold secrets. */
function plainTarget({ url = '', headers }: IncomingMessage): { host: string; port: string; path: string } {
  const target = URL.parse(url) ?? URL.parse(`http://${headers.host ?? ''}${url}`);
  return { host: target?.hostname ?? '', port: target?.port || '80', path: target?.pathname ?? '' };
}

/** Starts the proxy on a free port of 127.0.0.1. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const { journal } = options.rehearsal;
  const ends = new Map(INTERCEPTED_HOSTS.map((host) => [host, createTlsEnd({ ...options, host })]));
  const sockets = new Set<Socket>();
  const server = createServer({ requestTimeout: 0 });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const [, name = '', port = ''] = TARGET.exec(request.url ?? '') ?? [];
    const host = name.toLowerCase();
    const end = port === HTTPS_PORT ? ends.get(host) : undefined;
    if (end === undefined) {
      const decision =
        host === ''
          ? { status: 400, code: 'MalformedTarget', message: 'CONNECT needs a host and a port.' }
          : refusalOf(host, port);
      recordRefusal(journal, { method: 'CONNECT', host: host === '' ? '' : `${host}:${port}`, ...decision });
      return refuseConnect(socket, decision);
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    end.accept(socket as Socket);
  });
  server.on('request', (request, response) => {
    const { host, port, path } = plainTarget(request);
    const decision = INTERCEPTED_HOSTS.includes(host)
      ? { status: 403, code: 'PlainHttp', message: `${host} is reached over https only.` }
      : refusalOf(host, port);
    recordRefusal(journal, { method: request.method ?? '', host: `${host}:${port}`, path, ...decision });
    response.writeHead(decision.status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
    response.end(`${decision.message}\n`);
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
