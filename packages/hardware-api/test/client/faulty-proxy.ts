// A service of its own for one test file, and a proxy before it that does what networks do: it loses requests, changes
// bytes, cuts answers and lets them stall. What arrives at the service is what a real client and a real network send.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Credentials, startServer } from '@assay/server';
import {
  clientSecretCredential,
  createHardwareClient,
  type HardwareClient,
  type HardwareClientOptions,
} from '../../src/index.ts';

export interface ProxiedRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Status that the service answered with; 0 before. */
  status: number;
}

/** What the proxy does to one exchange. */
export interface Fault {
  /** Loses the request: the service does not see it. */
  readonly lose?: boolean;
  /** Sends this body instead. */
  readonly body?: Buffer;
  /** Cuts the connection after so many bytes of the answer's body. */
  readonly cutAfter?: number;
  /** Sends no more after so many bytes of the answer's body, and keeps the connection. */
  readonly stallAfter?: number;
}

export interface ProxiedService {
  readonly credentials: Credentials;
  readonly dataDirectory: string;
  /** All requests since the last `forget`, in order of arrival. */
  readonly requests: ProxiedRequest[];
  /** Decides for each request; undefined lets it pass. */
  intervene: (request: ProxiedRequest) => Fault | undefined;
  /** Forgets requests and faults. */
  forget(): void;
  /** Moves the service's clock forward. */
  advance(milliseconds: number): void;
  /** A client whose every request goes through the proxy. */
  client(options?: Partial<HardwareClientOptions>): HardwareClient;
  /** The fetch of such a client. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  close(): Promise<void>;
}

/** What of a request is a block of an upload. */
export function isBlock({ method, path }: ProxiedRequest): boolean {
  return method === 'PUT' && path.includes('comp=block&');
}

export async function startProxiedService(): Promise<ProxiedService> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'assay-sdk-'));
  let offset = 0;
  const server = await startServer({
    port: 0,
    throwAway: true,
    dataDirectory,
    clock: () => new Date(Date.now() + offset),
  });
  const credentials = JSON.parse(readFileSync(join(dataDirectory, 'credentials.json'), 'utf8')) as Credentials;
  const origin = new URL(credentials.url);
  const requests: ProxiedRequest[] = [];

  const proxy = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk);
    } catch {
      return;
    }
    const { method = '', url: path = '', headers } = incoming;
    const seen: ProxiedRequest = { method, path, headers, body: Buffer.concat(chunks), status: 0 };
    requests.push(seen);
    const fault = service.intervene(seen) ?? {};
    if (fault.lose) {
      outgoing.destroy();
      return;
    }
    const forwarded: OutgoingHttpHeaders = { ...headers, host: origin.host };
    const { hostname, port } = origin;
    // A connection each: one that the service is about to close must not be used again.
    const upstream = request({ hostname, port, method, path, headers: forwarded, agent: false });
    upstream.on('error', () => outgoing.destroy());
    upstream.on('response', (response) => {
      seen.status = response.statusCode ?? 0;
      outgoing.writeHead(seen.status, response.headers);
      const limit = fault.cutAfter ?? fault.stallAfter;
      if (limit === undefined) {
        response.pipe(outgoing);
        return;
      }
      let left = limit;
      response.on('data', (chunk: Buffer) => {
        const part = chunk.subarray(0, left);
        left -= part.length;
        if (part.length > 0) outgoing.write(part);
        if (left > 0) return;
        response.destroy();
        // A moment later, so that what was written arrives.
        if (fault.cutAfter !== undefined) setTimeout(() => outgoing.destroy(), 20);
      });
    });
    upstream.end(fault.body ?? seen.body);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

  const service: ProxiedService = {
    credentials,
    dataDirectory,
    requests,
    intervene: () => undefined,
    forget() {
      requests.length = 0;
      service.intervene = () => undefined;
    },
    advance(milliseconds) {
      offset += milliseconds;
    },
    fetch: (url, init) => fetch(url.replace(origin.origin, address), init),
    client: (options) =>
      createHardwareClient({
        url: credentials.url,
        credential: clientSecretCredential(credentials, { fetch: service.fetch }),
        fetch: service.fetch,
        ...options,
      }),
    async close() {
      proxy.closeAllConnections();
      proxy.close();
      await server.close();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
  return service;
}
