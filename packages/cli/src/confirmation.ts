// Asks before something is done that cannot be taken back: a person at a terminal. In a pipeline nobody can be asked, and nothing is
// guessed: there it takes --yes.
import { createInterface } from 'node:readline/promises';
import { CommandError, EXIT, Interrupted } from './exit-codes.ts';

/** Resolves when the person agrees. Throws Interrupted when they do not, CommandError when there is nobody to ask. */
export async function confirm(question: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  const { stdin, stderr, env } = process;
  if (yes === true) return;
  if (!stdin.isTTY || (env.CI ?? '') !== '') {
    throw new CommandError(
      EXIT.usage,
      `${question} There is nobody to ask.`,
      'Pass --yes to do it without a question.',
    );
  }
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
