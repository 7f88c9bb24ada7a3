// The options of `assay serve` and `assay doctor` for a malware scanner, with a real clamd.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasClamd, runClamd } from '../../server/test/scanner/clamd.ts';
import { checkScanner } from '../src/checking/check-scanner.ts';
import { EXIT } from '../src/exit-codes.ts';
import { runAssay, temporaryDirectory } from './run-assay.ts';
import { startServerProcess } from './running-server.ts';

test('a scan that is required needs a scanner, and a scanner an address', async (t) => {
  const directory = await temporaryDirectory(t);
  for (const [args, message] of [
    [['--scan', 'required'], /--scan required needs a scanner/],
    [['--clamd', 'localhost:3310'], /"localhost:3310" is not the address of a scanner\. Write tcp:\/\/HOST:PORT/],
    [['--clamd', 'tcp://127.0.0.1:3310', '--clamd-limit', '0'], /a number of mebibytes/],
    [['--clamd', 'tcp://127.0.0.1:3310', '--scan', 'never'], /optional, required/],
  ] as const) {
    const { code, stderr } = await runAssay(directory, ['serve', '--port', '0', ...args]);
    assert.equal(code, EXIT.usage, stderr);
    assert.match(stderr, message);
  }
});

test('serve says which scanner it has', async (t) => {
  if (!hasClamd(t)) return;
  const { address } = await runClamd(t);
  const server = await startServerProcess(t, ['--clamd', address, '--scan', 'required']);
  assert.match(server.output(), /^Malware scanner: +ClamAV \d\S*, signatures of unknown date$/m);
});

test('doctor says whether the scanner answers', async (t) => {
  const [absent] = await checkScanner('unix:/nobody/listens');
  assert.equal(absent?.status, 'fail');
  assert.match(absent?.detail ?? '', /it cannot be reached \(ENOENT\)/);
  const [wrong] = await checkScanner('localhost');
  assert.equal(wrong?.status, 'fail');
  if (!hasClamd(t)) return;
  const { address } = await runClamd(t);
  const { stdout } = await runAssay(await temporaryDirectory(t), ['doctor', '--clamd', address]);
  assert.match(stdout, /^warn {2}malware scanner: ClamAV \d\S* does not say how old its signatures are$/m);
});
