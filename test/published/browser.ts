// A page in a headless Chromium that imports the published client as it stands, without a bundler. Client and service share an
// origin, as behind a reverse proxy: the service answers no other origins.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { TestContext } from 'node:test';

const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];
const PAGE_LIMIT_MS = 45_000;
const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.cab': 'application/octet-stream' };

/** The program of a browser on this machine. */
export function findBrowser(): string | undefined {
  return BROWSERS.find((path) => existsSync(path));
}

export interface Page {
  /** Folder with the modules of the client. */
  readonly sdk: string;
  /** Folder with consumer.js and echo.cab. */
  readonly folder: string;
  /** Address of the service. */
  readonly service: string;
  readonly credentials: Readonly<Record<string, string>>;
}

function pageText(credentials: Page['credentials']): string {
  return `<!doctype html><meta charset="utf-8">
<script type="importmap">{ "imports": { "@assay/hardware-api": "/page/sdk/index.js" } }</script>
<script type="module">
const report = (body) => fetch('/page/result', { method: 'POST', body });
try {
  const { submit } = await import('/page/consumer.js');
  const cabinet = new Uint8Array(await (await fetch('/page/echo.cab')).arrayBuffer());
  const answer = await submit({ url: location.origin, credentials: ${JSON.stringify(credentials)}, cabinet });
  await report(JSON.stringify(answer));
} catch (error) {
  await report(JSON.stringify({ failed: String(error), stack: error?.stack }));
}
</script>`;
}

/** Passes a request on to the service under the name by which it was asked for. */
function forward(service: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, url = '/', headers } = incoming;
  const outgoing = request(new URL(url, service), { method, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  outgoing.on('error', (error) => answer.writeHead(502).end(error.message));
  incoming.pipe(outgoing);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await gone;
  clearTimeout(timer);
}

/** Opens the page and resolves with the text that it reports. */
export async function openPage(t: TestContext, browser: string, page: Page): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const files: Readonly<Record<string, string>> = { '/page/consumer.js': page.folder, '/page/echo.cab': page.folder };
  const server = createServer((incoming, answer) => {
    const { pathname } = new URL(incoming.url ?? '/', 'http://page');
    if (pathname === '/page/') {
      answer.setHeader('content-type', 'text/html').end(pageText(page.credentials));
    } else if (pathname === '/page/result') {
      let text = '';
      incoming.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      incoming.on('end', () => {
        answer.end();
        resolve(text);
      });
    } else if (pathname.startsWith('/page/')) {
      const inside = pathname.startsWith('/page/sdk/') ? page.sdk : files[pathname];
      const name = pathname.replace(/^\/page\/(sdk\/)?/, '');
      if (inside === undefined) return answer.writeHead(404).end();
      void readFile(join(inside, name)).then(
        (bytes) => answer.setHeader('content-type', TYPES[extname(name)] ?? 'text/plain').end(bytes),
        () => answer.writeHead(404).end(),
      );
    } else {
      forward(page.service, incoming, answer);
    }
    return undefined;
  });
  const profile = await mkdtemp(join(tmpdir(), 'assay-browser-'));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  // Chromium does not run its sandbox as root, which is what continuous integration often is.
  const isRoot = process.getuid?.() === 0;
  const args = [
    '--headless=new',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--no-proxy-server',
    `--user-data-dir=${profile}`,
    ...(isRoot ? ['--no-sandbox'] : []),
    `http://127.0.0.1:${port}/page/`,
  ];
  const child = spawn(browser, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4_000);
  });
  const timer = setTimeout(() => reject(new Error(`the page did not report:\n${errors}`)), PAGE_LIMIT_MS);
  child.once('error', reject);
  child.once('exit', (code) => reject(new Error(`the browser ended with ${code}:\n${errors}`)));
  t.after(async () => {
    clearTimeout(timer);
    await stop(child);
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  return await promise;
}
