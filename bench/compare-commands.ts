// Whole commands beside each other: their time and their memory, in two tables.
import type { CommandRun } from './run-command.ts';
import { printTable } from './statistics.ts';

interface Side {
  readonly name: string;
  readonly run: () => Promise<CommandRun>;
  readonly runs: CommandRun[];
}

/** Runs the sides in turn, `rounds` times, and prints how long they took and how much memory they had at most. */
export async function compareCommands(
  title: string,
  explanation: string,
  sides: readonly { readonly name: string; readonly run: () => Promise<CommandRun> }[],
  rounds: number,
): Promise<void> {
  const measured: Side[] = sides.map((side) => ({ ...side, runs: [] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const side of measured) side.runs.push(await side.run());
  }
  printTable(
    title,
    explanation,
    measured.map(({ name, runs }) => ({ name, unit: 's', rounds: runs.map(({ seconds }) => seconds) })),
  );
  printTable(
    `${title}: most memory`,
    'Resident memory of the whole process at its highest.',
    measured
      .map(({ name, runs }) => ({ name, unit: 'MiB', rounds: runs.map(({ mebibytes }) => mebibytes) }))
      // A process that ended before it could be looked at tells nothing.
      .filter(({ rounds }) => !rounds.some(Number.isNaN)),
  );
}
