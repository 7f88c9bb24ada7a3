// GETs as fast as a few keep-alive connections allow, on bare sockets: node:http's own client costs more than the servers
// that are measured with it.
import { connect } from 'node:net';

export interface Load {
  readonly url: URL;
  readonly authorization: string;
  readonly connections: number;
  readonly milliseconds: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** Requests per second. Throws Error at the first answer that is not 200 or has no Content-Length. */
export async function measureGets(load: Load): Promise<number> {
  const { url, authorization, connections, milliseconds } = load;
  const request = Buffer.from(
    `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: ${authorization}\r\n\r\n`,
  );
  const start = performance.now();
  let count = 0;
  const caller = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(url.port), url.hostname, () => socket.write(request));
      socket.setNoDelay(true);
      let buffered: Buffer = Buffer.alloc(0);
      socket.on('error', reject);
      socket.on('data', (chunk: Buffer) => {
        buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
        const headEnd = buffered.indexOf(HEAD_END);
        if (headEnd < 0) return;
        const head = buffered.toString('latin1', 0, headEnd);
        const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
        if (!head.startsWith('HTTP/1.1 200') || length === undefined) {
          socket.destroy();
          reject(new Error(`${url.href} answered ${head.slice(0, 60)}`));
          return;
        }
        const size = headEnd + HEAD_END.length + Number(length);
        if (buffered.length < size) return;
        buffered = buffered.subarray(size);
        count += 1;
        if (performance.now() - start < milliseconds) {
          socket.write(request);
        } else {
          socket.destroy();
          resolve();
        }
      });
    });
  await Promise.all(Array.from({ length: connections }, caller));
  return count / ((performance.now() - start) / 1000);
}
