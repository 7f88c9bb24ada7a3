// A proxy on loopback between a client and a service, which tells a test of every request before it is passed on and before its
// answer is, so that the test can end the client at exactly that moment.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

/** `before`: it is never passed on. `late`: some time after the client's end. `after`: it is answered, but to nobody. */
export type Moment = 'before' | 'late' | 'after';

export interface PassingRequest {
  readonly method: string;
  readonly path: string;
}

export interface InterposedProxy {
  readonly url: string;
  /** Asked about each request; a moment ends the client then. */
  onRequest: (passing: PassingRequest) => Moment | undefined;
  /** Ends the client. */
  endClient: () => void;
}

const LATE_MS = 400;

function readAll(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => resolve(Buffer.concat(chunks)));
    message.on('error', reject);
  });
}

/** Starts the proxy; it is closed with the test. */
export async function startInterposedProxy(context: TestContext, target: string): Promise<InterposedProxy> {
  const { hostname, port } = new URL(target);
  const pass = (incoming: IncomingMessage, body: Buffer): Promise<{ head: IncomingMessage; body: Buffer }> =>
    new Promise((resolve, reject) => {
      const { method, url: path, headers } = incoming;
      const outgoing = request({ hostname, port, method, path, headers }, (head) => {
        readAll(head).then((answer) => resolve({ head, body: answer }), reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(incoming);
    const moment = proxy.onRequest({ method: incoming.method ?? '', path: incoming.url ?? '' });
    if (moment === 'before' || moment === 'late') proxy.endClient();
    if (moment === 'before') return;
    if (moment === 'late') await sleep(LATE_MS);
    const answer = await pass(incoming, body);
    if (moment === 'after') proxy.endClient();
    if (moment !== undefined) return;
    response.writeHead(answer.head.statusCode ?? 502, answer.head.headers);
    response.end(answer.body);
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const proxy: InterposedProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onRequest: () => undefined,
    endClient: () => undefined,
  };
  return proxy;
}
