// Asks before something is done that cannot be taken back: only a person at a terminal, never in a pipeline.
import { createInterface } from 'node:readline/promises';
import { Interrupted } from './exit-codes.ts';

/** Resolves when the person agrees, or when nobody is there to ask. Throws Interrupted when they do not. */
export async function confirm(question: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  const { stdin, stderr, env } = process;
  if (yes === true || !stdin.isTTY || (env.CI ?? '') !== '') return;
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    // The end of the input (Ctrl-D) closes it without an answer, and so does Ctrl-C.
    const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
    if (!/^y(es)?$/i.test(answer.trim())) throw new Interrupted('Nothing was done.');
  } finally {
    terminal.close();
  }
}
