// A program that tries what an inspector process must not be able to do, and reports what came of each.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';

type Attempt = () => unknown;

function outcome(attempt: Attempt): string {
  try {
    attempt();
    return 'allowed';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

process.on('message', (message: { secret: string; writable: string; port: number }) => {
  const connecting = new Promise<string>((resolve) => {
    try {
      const socket = connect(message.port, '127.0.0.1');
      socket.once('connect', () => resolve('allowed'));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    } catch (error) {
      resolve((error as NodeJS.ErrnoException).code ?? String(error));
    }
  });
  void connecting.then((network) => {
    process.send?.({
      network,
      readSecret: outcome(() => readFileSync(message.secret)),
      writeSecret: outcome(() => writeFileSync(message.secret, 'x')),
      writeOwn: outcome(() => writeFileSync(message.writable, 'x')),
      childProcess: outcome(() => execFileSync('true')),
      worker: outcome(() => new Worker('1', { eval: true })),
      environment: Object.keys(process.env)
        .filter((name) => name !== 'NODE_CHANNEL_FD')
        .sort(),
    });
  });
});
