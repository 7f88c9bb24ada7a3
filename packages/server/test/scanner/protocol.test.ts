// The client against a socket that is no clamd, or a broken one: nothing but the exact words is a verdict, and nothing hangs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseClamdAddress } from '../../src/scanner/clamd-address.ts';
import { parseScanReply, parseVersionReply } from '../../src/scanner/clamd-reply.ts';
import { type ClamdScannerOptions, createClamdScanner, ScannerAddressError } from '../../src/scanner/index.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';

interface Scene {
  readonly scan: (signal?: AbortSignal) => Promise<unknown>;
  /** Connections that are open now, and the most that were open at once. */
  readonly open: () => { readonly now: number; readonly most: number };
}

/** A server that does this with each connection, and a scan of a file of so many bytes there. */
async function stage(
  t: TestContext,
  play: (socket: Socket, received: () => Buffer) => void,
  { size = 10, ...options }: Partial<ClamdScannerOptions> & { readonly size?: number } = {},
): Promise<Scene> {
  const folder = temporaryFolder(t);
  const path = join(folder, 'file');
  writeFileSync(path, Buffer.alloc(size, 'f'));
  const address = join(folder, 'socket');
  const sockets = new Set<Socket>();
  let most = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    most = Math.max(most, sockets.size);
    const chunks: Buffer[] = [];
    socket.on('data', (data: Buffer) => chunks.push(data));
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    play(socket, () => Buffer.concat(chunks));
  }).listen(address);
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const scanner = createClamdScanner({ timeoutMs: 300, ...options, address: `unix:${address}` });
  return { scan: (signal) => scanner.scan(path, signal), open: () => ({ now: sockets.size, most }) };
}

/** Plays clamd up to the end of the stream, then does this. */
function afterStream(then: (socket: Socket) => void): (socket: Socket, received: () => Buffer) => void {
  return (socket, received) => {
    socket.on('data', () => {
      if (received().subarray(-4).equals(Buffer.alloc(4))) then(socket);
    });
  };
}

const fails = (code: string, message: RegExp) => ({ name: 'ScannerError', code, message });

test('the stream is what clamd(8) describes', async (t) => {
  let stream: Buffer | undefined;
  const { scan, open } = await stage(t, (socket, received) =>
    afterStream(() => {
      stream = received();
      socket.end('stream: OK\0');
    })(socket, received),
  );
  assert.deepEqual(await scan(), { kind: 'clean' });
  assert.deepEqual(stream, Buffer.from('zINSTREAM\0\0\0\0\x0affffffffff\0\0\0\0', 'latin1'));
  while (open().now > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('a reply that comes in pieces is one reply', async (t) => {
  const { scan } = await stage(
    t,
    afterStream((socket) => {
      const pieces = ['stre', 'am: Some.', 'Thing FOUND', '\0'];
      pieces.forEach((piece, index) => {
        setTimeout(() => socket.write(piece), 20 * index);
      });
    }),
  );
  assert.deepEqual(await scan(), { kind: 'infected', signature: 'Some.Thing' });
});

const ODD: readonly (readonly [what: string, reply: string | Buffer, code: string, message: RegExp])[] = [
  ['another word', 'stream: FINE\0', 'unexpected-reply', /it answered "stream: FINE"/],
  ['a verdict on something else', '/etc/passwd: OK\0', 'unexpected-reply', /passwd: OK/],
  ['a verdict and more', 'stream: OK maybe\0', 'unexpected-reply', /OK maybe/],
  ['two lines', 'stream: OK\nstream: OK\0', 'unexpected-reply', /OK\?stream/],
  ['two replies', 'stream: OK\0stream: OK\0', 'unexpected-reply', /something after its reply/],
  ['lower case', 'stream: ok\0', 'unexpected-reply', /stream: ok/],
  ['no name', 'stream:  FOUND\0', 'unexpected-reply', /FOUND/],
  ['nothing', '\0', 'unexpected-reply', /it answered ""/],
  ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n\0', 'unexpected-reply', /HTTP/],
  ['bytes', Buffer.from([0xff, 0x1b, 0x07, 0]), 'unexpected-reply', /it answered "\?\?\?"/],
  ['a fault', "stream: Can't allocate memory ERROR\0", 'refused', /"Can't allocate memory"/],
  ['an unknown command', 'UNKNOWN COMMAND\0', 'unexpected-reply', /UNKNOWN COMMAND/],
  ['a hang-up in the reply', 'stream: OK', 'cut-off', /before its reply was complete/],
  ['a hang-up', '', 'cut-off', /before its reply was complete/],
  ['a reply without end', Buffer.alloc(2_000_000, 'a'), 'unexpected-reply', /longer than 4096 bytes/],
];

for (const [what, reply, code, message] of ODD) {
  test(`no verdict: ${what}`, async (t) => {
    const { scan } = await stage(
      t,
      afterStream((socket) => socket.end(reply)),
    );
    await assert.rejects(scan(), fails(code, message));
  });
}

test('a verdict before the whole file was sent is none', async (t) => {
  const { scan } = await stage(t, (socket) => socket.write('stream: OK\0'), { size: 8_000_000 });
  await assert.rejects(scan(), fails('unexpected-reply', /stream: OK/));
});

test('who listens but does not answer, or takes nothing, is given up', async (t) => {
  const silent = await stage(t, () => undefined);
  await assert.rejects(silent.scan(), fails('timeout', /no reply within 0\.3 s/));
  const full = await stage(t, (socket) => socket.pause(), { size: 8_000_000 });
  await assert.rejects(full.scan(), fails('timeout', /took no more of the file within 0\.3 s/));
});

test('a reply that drips is given up as well', async (t) => {
  const { scan } = await stage(
    t,
    afterStream((socket) => {
      const timer = setInterval(() => socket.write('a'), 50);
      socket.on('close', () => clearInterval(timer));
    }),
  );
  await assert.rejects(scan(), fails('timeout', /no reply within 0\.3 s/));
});

test('who hangs up in the middle of the file has cut it off', async (t) => {
  let connections = 0;
  const hangUp = (socket: Socket): void => {
    connections += 1;
    socket.once('data', () => socket.destroy());
  };
  const { scan } = await stage(t, hangUp, { size: 8_000_000 });
  await assert.rejects(scan(), fails('cut-off', /cut the connection/));
  assert.equal(connections, 3, 'its reason may have been lost, so it is asked again at once, but not for ever');
});

test('nobody there', async (t) => {
  const path = join(temporaryFolder(t), 'file');
  writeFileSync(path, 'x');
  const unix = createClamdScanner({ address: 'unix:/nobody/listens' });
  await assert.rejects(unix.scan(path), fails('unreachable', /cannot be reached \(ENOENT\)/));
  await assert.rejects(unix.ping(), fails('unreachable', /ENOENT/));
  const tcp = createClamdScanner({ address: 'tcp://127.0.0.1:1' });
  await assert.rejects(tcp.version(), fails('unreachable', /cannot be reached \(ECONNREFUSED\)/));
  await assert.rejects(
    unix.scan(join(path, 'missing')),
    { code: 'ENOTDIR' },
    'the file is not the fault of the scanner',
  );
});

test('an abort ends a scan at once, and one that waits for its turn', async (t) => {
  const { scan, open } = await stage(t, () => undefined, { timeoutMs: 60_000, connections: 2 });
  const abort = new AbortController();
  const scans = Array.from({ length: 5 }, () => scan(abort.signal));
  const settled = Promise.allSettled(scans);
  while (open().now < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  abort.abort(new Error('enough'));
  for (const result of await settled) assert.equal(result.status === 'rejected' && result.reason.message, 'enough');
  assert.equal(open().most, 2, 'no more connections than were allowed');
  await assert.rejects(scan(abort.signal), /enough/, 'nor is one begun');
});

test('who waits for a turn gets it when another one ends, however that ends', async (t) => {
  let count = 0;
  const { scan, open } = await stage(
    t,
    afterStream((socket) => socket.end(count++ % 2 === 0 ? 'stream: OK\0' : 'nonsense\0')),
    { connections: 2 },
  );
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => scan()));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 10);
  assert.ok(open().most <= 2);
});

test('replies are read strictly', () => {
  assert.deepEqual(parseScanReply('stream: Win.Test(0af:68) FOUND', true), {
    kind: 'infected',
    signature: 'Win.Test(0af:68)',
  });
  assert.deepEqual(parseScanReply('stream: a FOUND FOUND', true), { kind: 'infected', signature: 'a FOUND' });
  assert.equal(parseScanReply('INSTREAM size limit exceeded. ERROR', false).kind, 'not-scanned');
  assert.throws(() => parseScanReply('stream: Win.Test FOUND', false), fails('unexpected-reply', /Win\.Test/));
  assert.throws(
    () => parseScanReply('stream: Time limit reached ERROR', true),
    fails('refused', /"Time limit reached"/),
  );
  assert.deepEqual(parseVersionReply('ClamAV 1.4.6/27819/Thu Nov 13 09:44:31 2025'), {
    engine: 'ClamAV 1.4.6',
    signatures: { version: '27819', date: new Date('2025-11-13T09:44:31Z') },
  });
  assert.deepEqual(parseVersionReply('ClamAV 1.4.6'), { engine: 'ClamAV 1.4.6', signatures: undefined });
  for (const odd of ['', 'PONG', 'ClamAV', 'ClamAV 1.4.6/27819', 'ClamAV 1/2/yesterday', 'ClamAV 1.4.6\n']) {
    assert.throws(() => parseVersionReply(odd), fails('unexpected-reply', /answered/), odd);
  }
});

test('addresses', () => {
  assert.deepEqual(parseClamdAddress('tcp://127.0.0.1:3310'), { kind: 'tcp', host: '127.0.0.1', port: 3310 });
  assert.deepEqual(parseClamdAddress('tcp://scan.example:3310'), { kind: 'tcp', host: 'scan.example', port: 3310 });
  assert.deepEqual(parseClamdAddress('tcp://[::1]:3310'), { kind: 'tcp', host: '::1', port: 3310 });
  assert.deepEqual(parseClamdAddress('unix:/run/clamd.ctl'), { kind: 'unix', path: '/run/clamd.ctl' });
  assert.deepEqual(parseClamdAddress('unix:///run/clamd.ctl'), { kind: 'unix', path: '/run/clamd.ctl' });
  for (const odd of [
    '',
    '/run/clamd.ctl',
    'unix:run/clamd.ctl',
    'unix:',
    'tcp://host',
    'tcp://host:0',
    'tcp://host:65536',
    'tcp://me@host:1',
    'tcp://host:1/path',
    'http://host:3310',
    'localhost:3310',
  ]) {
    assert.throws(() => createClamdScanner({ address: odd }), ScannerAddressError, odd);
  }
  for (const limit of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => createClamdScanner({ address: 'unix:/a', timeoutMs: limit }), RangeError);
  }
});
