// What is thrown at a fault, a script or an assertion that cannot be read, and the guess at what was meant.

/** The message names the place and what would be right. */
export class FaultScriptError extends Error {
  override readonly name = 'FaultScriptError';
}

/** How many single letters have to change to make one text of the other. */
function distance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...one].entries()) {
    const current = [row + 1];
    for (const [column, otherLetter] of [...other].entries()) {
      const change = (previous[column] ?? 0) + (letter === otherLetter ? 0 : 1);
      current.push(Math.min(change, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}

/** Longer than any name there is, so that comparing stays cheap. */
const LONGEST_NAME = 64;

/** The name that was probably meant; undefined when none is near. */
export function closestName(text: string, names: readonly string[]): string | undefined {
  if (text.length > LONGEST_NAME) return undefined;
  const lower = text.toLowerCase();
  const [nearest] = names
    .map((name) => ({ name, far: distance(lower, name.toLowerCase()) }))
    .sort((one, other) => one.far - other.far);
  return nearest !== undefined && nearest.far <= Math.max(1, Math.floor(lower.length / 3)) ? nearest.name : undefined;
}

/** `There is no fault "throtle". Did you mean throttle?`, or the whole list when nothing is near. */
export function unknownName(kind: string, text: string, names: readonly string[]): string {
  const near = closestName(text, names);
  const advice = near === undefined ? `There are: ${names.join(', ')}.` : `Did you mean ${near}?`;
  return `there is no ${kind} "${text.slice(0, LONGEST_NAME)}". ${advice}`;
}
