// Starts all that leads an unmodified client to a rehearsal: the authority of the run, the proxy, and when asked for the port
// of HTTPS.

import type { RunningRehearsal } from '../rehearsal.ts';
import { watchForeignCredentials } from './foreign-credentials.ts';
import { startHttpsListener } from './https-listener.ts';
import { type ProxyOptions, startProxy } from './proxy.ts';
import { createRunAuthority } from './run-authority.ts';
import { INTERCEPTED_HOSTS } from './tls-end.ts';

export interface InterceptionOptions {
  readonly rehearsal: RunningRehearsal;
  /** The tenant of the rehearsal's own credentials. */
  readonly tenantId: string;
  /** Whether to listen on port 443 of the loopback addresses. */
  readonly listenOnHttpsPort?: boolean;
}

export interface Interception {
  readonly proxyUrl: string;
  /** PEM of the authority that clients must trust. Its key is nowhere but in this process. */
  readonly certificate: string;
  /** Loopback addresses of the port of HTTPS; none unless it was asked for. */
  readonly addresses: readonly string[];
  /** What whoever rehearses should hear, such as that the client holds real credentials. */
  notices(): readonly string[];
  close(): Promise<void>;
}

/** Starts to intercept. Throws InterceptionError when port 443 cannot be had. */
export async function startInterception(options: InterceptionOptions): Promise<Interception> {
  const authority = await createRunAuthority(INTERCEPTED_HOSTS);
  const foreign = watchForeignCredentials(options.tenantId);
  const shared: ProxyOptions = { authority, rehearsal: options.rehearsal, foreign };
  const listener = options.listenOnHttpsPort === true ? await startHttpsListener(shared) : undefined;
  const proxy = await startProxy(shared).catch(async (error: unknown) => {
    await listener?.close();
    throw error;
  });
  return {
    proxyUrl: proxy.url,
    certificate: authority.certificate,
    addresses: listener?.addresses ?? [],
    notices: () => foreign.notices(),
    async close() {
      await Promise.all([proxy.close(), listener?.close()]);
    },
  };
}
