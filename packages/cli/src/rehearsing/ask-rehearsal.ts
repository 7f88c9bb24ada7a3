// Asks a running rehearsal something under `/_rehearsal/`. With node:http and an agent of its own rather than `fetch`: where the caller
// has a proxy in the environment, the rehearsal's key must not go there.
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { RunningServer } from '@assay/server';
import { CommandError, EXIT } from '../exit-codes.ts';

/** A refused assertion is an answer, not a failure. */
const ANSWERS: ReadonlySet<number | undefined> = new Set([200, 201, 409]);

/** Posts a document and gives the answer. Throws CommandError when it was refused. */
export async function askRehearsal(server: RunningServer, path: string, body: unknown): Promise<unknown> {
  const agent = new Agent();
  try {
    const answer = await new Promise<{ readonly status: number | undefined; readonly body: string }>(
      (resolve, reject) => {
        const sent = request(
          `${server.url}/_rehearsal/${path}`,
          {
            agent,
            method: 'POST',
            headers: { Authorization: `Bearer ${server.rehearsal?.key}`, 'Content-Type': 'application/json' },
          },
          (response) => {
            text(response).then((received) => resolve({ status: response.statusCode, body: received }), reject);
          },
        );
        sent.on('error', reject);
        sent.end(JSON.stringify(body));
      },
    );
    if (ANSWERS.has(answer.status)) return JSON.parse(answer.body);
    throw new CommandError(
      EXIT.validationFailed,
      `The rehearsal refused what the script says about ${path}: ${answer.body}`,
    );
  } finally {
    agent.destroy();
  }
}
