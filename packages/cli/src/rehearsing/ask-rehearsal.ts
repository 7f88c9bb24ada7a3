// Asks a running rehearsal something under `/_rehearsal/`.
import type { RunningServer } from '@assay/server';
import { CommandError, EXIT } from '../exit-codes.ts';

/** A refused assertion is an answer, not a failure. */
const ANSWERS: ReadonlySet<number> = new Set([200, 201, 409]);

/** Posts a document and gives the answer. Throws CommandError when it was refused. */
export async function askRehearsal(server: RunningServer, path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(`${server.url}/_rehearsal/${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${server.rehearsal?.key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (ANSWERS.has(answer.status)) return JSON.parse(text);
  throw new CommandError(EXIT.validationFailed, `The rehearsal refused what the script says about ${path}: ${text}`);
}
