// Runs commands against a running server and looks at what they print, send and end with.
import assert from 'node:assert/strict';
import { type Finished, runAssay } from './run-assay.ts';
import type { RunningAssay } from './running-server.ts';

export interface Runner {
  /** Runs a command that has to succeed; its stdout without the last line break. */
  run(...args: string[]): Promise<string>;
  /** The same with -o json, parsed. */
  json(...args: string[]): Promise<ReturnType<typeof JSON.parse>>;
  /** Runs a command that has to end with this code and message. */
  fail(code: number, message: RegExp, ...args: string[]): Promise<void>;
  /** The methods of the requests that a successful command made, tokens left out, and what it printed. */
  requests(...args: string[]): Promise<{ readonly methods: string[]; readonly stdout: string }>;
}

/** Commands in the folder of a running server. */
export function runnerOf({ directory }: RunningAssay): Runner {
  const succeed = async (args: readonly string[]): Promise<Finished> => {
    const result = await runAssay(directory, args);
    assert.equal(result.code, 0, `${args.join(' ')}\n${result.stderr}`);
    return result;
  };
  return {
    run: async (...args) => (await succeed(args)).stdout.trimEnd(),
    json: async (...args) => JSON.parse((await succeed([...args, '-o', 'json'])).stdout),
    async fail(code, message, ...args) {
      const { code: actual, stderr } = await runAssay(directory, args);
      assert.equal(actual, code, stderr);
      assert.match(stderr, message);
    },
    async requests(...args) {
      const { stderr, stdout } = await succeed([...args, '--debug']);
      const lines = stderr.split('\n').filter((line) => /^(?:GET|POST|PUT|PATCH) http/.test(line));
      return {
        methods: lines.filter((line) => !line.includes('/token')).map((line) => line.split(' ')[0] ?? ''),
        stdout,
      };
    },
  };
}
