// What SQLite is asked while something runs: the text of each statement, without its parameters.
import { StatementSync } from 'node:sqlite';

/** Runs `work` and gives the statements that were executed meanwhile, in their order, whoever caused them. */
export async function statementsOf<Result>(
  work: () => Promise<Result>,
): Promise<{ result: Result; statements: string[] }> {
  const statements: string[] = [];
  const { all, run, iterate } = StatementSync.prototype;
  const watched = <Method extends (...parameters: never[]) => unknown>(method: Method) =>
    function (this: StatementSync, ...parameters: Parameters<Method>) {
      statements.push(this.sourceSQL);
      return method.apply(this, parameters);
    };
  Object.assign(StatementSync.prototype, { all: watched(all), run: watched(run), iterate: watched(iterate) });
  try {
    return { result: await work(), statements };
  } finally {
    Object.assign(StatementSync.prototype, { all, run, iterate });
  }
}
