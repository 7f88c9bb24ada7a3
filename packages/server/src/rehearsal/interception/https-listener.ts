// Takes the connections of clients that honour no proxy: the port of HTTPS on the loopback addresses, for the intercepted
// names that `host-names.ts` leads there.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { InterceptionError } from './interception-error.ts';
import type { ProxyOptions } from './proxy.ts';
import { createTlsEnd } from './tls-end.ts';

const HTTPS_PORT = 443;

export interface HttpsListener {
  /** The loopback addresses that it listens on: 127.0.0.1, and ::1 where the machine has it. */
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

const PROBLEMS: Readonly<Record<string, () => InterceptionError>> = {
  EADDRINUSE: () =>
    new InterceptionError(
      'portInUse',
      `Port ${HTTPS_PORT} of this machine is in use, and clients that honour no proxy connect there.`,
      'Stop what listens on it (another rehearsal, a web server), or leave out --hosts.',
    ),
  EACCES: () =>
    new InterceptionError(
      'notPermitted',
      `Port ${HTTPS_PORT} may not be opened by this user.`,
      'Run the rehearsal with sudo, or leave out --hosts when the client honours HTTPS_PROXY.',
    ),
};

/** IPv6 may be switched off; then the name leads to 127.0.0.1 alone. */
const NO_SUCH_ADDRESS: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

async function listen(server: Server, address: string): Promise<boolean> {
  server.listen(HTTPS_PORT, address);
  try {
    await once(server, 'listening');
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (address === '::1' && NO_SUCH_ADDRESS.has(code)) return false;
    throw PROBLEMS[code ?? '']?.() ?? error;
  }
}

/** Listens on port 443. Throws InterceptionError when that is not possible. */
export async function startHttpsListener(options: ProxyOptions): Promise<HttpsListener> {
  const running: { readonly server: Server; readonly sockets: Set<Socket>; readonly address: string }[] = [];
  const close = async () => {
    for (const { server, sockets } of running.splice(0)) {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    }
  };
  const end = createTlsEnd(options);
  try {
    for (const address of ['127.0.0.1', '::1']) {
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        socket.on('error', () => socket.destroy());
        end.accept(socket);
      });
      if (await listen(server, address)) running.push({ server, sockets, address });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses: running.map(({ address }) => address), close };
}
