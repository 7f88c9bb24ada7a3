// What stands before the service where clients insist on HTTPS and on Microsoft's host names: a reverse proxy that ends TLS
// with a certificate made for the test, and a forward proxy that leads every host name there, so that nothing leaves the machine.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, request as httpRequest, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../packages/server/test/pipeline/running-service.ts';

const run = promisify(execFile);

/** Names for which the certificate is good. */
const NAMES = ['DNS:localhost', 'IP:127.0.0.1', 'DNS:login.microsoftonline.com', 'DNS:manage.devcenter.microsoft.com'];

export interface TlsFront {
  /** `https://localhost:` and the port. */
  readonly url: string;
  /** PEM of the certificate, for clients to trust. */
  readonly certificateFile: string;
  /** Requests are passed on to this port of 127.0.0.1. */
  forwardTo(port: number): void;
  /** URL of the forward proxy. */
  readonly forwardProxy: string;
  /** Every host and port that was asked of the forward proxy. */
  readonly asked: Set<string>;
}

async function listen(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Starts both proxies; undefined, with the test skipped, when there is no openssl to make the certificate with. */
export async function startTlsFront(t: TestContext): Promise<TlsFront | undefined> {
  const folder = temporaryFolder(t);
  const [key, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const names = `subjectAltName=${NAMES.join(',')}`;
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificateFile];
  try {
    await run('openssl', [...request, '-days', '2', '-subj', '/CN=localhost', '-addext', names]);
  } catch {
    t.skip('openssl is not installed: apt-get install openssl');
    return undefined;
  }
  let target = 0;
  const certified = { key: readFileSync(key), cert: readFileSync(certificateFile) };
  const front = createHttpsServer(certified, (incoming, reply) => {
    const { method, url, headers } = incoming;
    const passedOn = httpRequest({ host: '127.0.0.1', port: target, method, path: url, headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    });
    passedOn.on('error', () => reply.destroy());
    incoming.pipe(passedOn);
  });
  const frontPort = await listen(t, front);

  const asked = new Set<string>();
  const tunnels = createHttpServer((_request, reply) => reply.writeHead(405).end());
  tunnels.on('connect', ({ url = '' }, client: Socket, head: Buffer) => {
    asked.add(url);
    const server = connect(frontPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.write(head);
      client.pipe(server).pipe(client);
    });
    server.on('error', () => client.destroy());
    client.on('error', () => server.destroy());
    t.after(() => server.destroy());
  });
  const tunnelsPort = await listen(t, tunnels);
  return {
    url: `https://localhost:${frontPort}`,
    certificateFile,
    forwardTo: (port) => {
      target = port;
    },
    forwardProxy: `http://127.0.0.1:${tunnelsPort}`,
    asked,
  };
}
