// Numbers as the tables show them.

/** The middle of the values, or the mean of the middle two. Throws RangeError when there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('There is nothing to take the median of.');
  return (lower + upper) / 2;
}

/** Three significant digits, without an exponent. */
export function format(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 1e-9))));
  return value.toFixed(Math.min(digits, 6));
}

/** One row of a table: what was measured, in which unit, round by round. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  readonly rounds: readonly number[];
}

/** Prints the measurements under each other; the ratio is that of the medians, the last measurement being 1. */
export function printTable(title: string, explanation: string, measurements: readonly Measurement[]): void {
  const base = measurements.at(-1);
  const rows = measurements.map(({ name, unit, rounds }) => [
    name,
    `${format(median(rounds))} ${unit}`,
    `${format(Math.min(...rounds))} to ${format(Math.max(...rounds))}`,
    base === undefined || measurements.length === 1 ? '' : format(median(rounds) / median(base.rounds)),
  ]);
  const table = [['', 'median', 'range', measurements.length === 1 ? '' : 'ratio'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  console.log(`\n${title}\n${explanation}\n`);
  for (const row of table) {
    console.log(
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('   ')}`.trimEnd(),
    );
  }
}
