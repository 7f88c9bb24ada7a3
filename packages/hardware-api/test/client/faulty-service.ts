// A small HTTP service on loopback that answers as its script says, for testing how the client behaves when the service or
// the network does not.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface FaultyService {
  readonly url: string;
  /** Everything that arrived, in order. */
  readonly requests: ReceivedRequest[];
}

/** Starts the service; it is closed with the test. The handler may answer, or destroy the socket. */
export async function startFaultyService(
  context: TestContext,
  handler: (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>,
): Promise<FaultyService> {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = '', url = '', headers } = incoming;
    const request = { method, path: url, headers, body: Buffer.concat(chunks) };
    requests.push(request);
    await handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Answers with JSON text, given as text so that ids keep all their digits. */
export function answer(
  response: ServerResponse,
  status: number,
  json = '',
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(json);
}
