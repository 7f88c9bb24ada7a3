// Queries that every request makes. They are built and compiled once for a database instead of each time, because only the
// parameters differ; and where the database can tell cheaply that nothing in it has changed, as SQLite can, their rows are
// kept until something does. A client that polls then costs no query at all.
import type { Compilable, CompiledQuery } from 'kysely';
import { type Database, generationOf } from './database.ts';

/** Stands for the parameter at this position while the query is built. */
class Placeholder {
  readonly position: number;

  constructor(position: number) {
    this.position = position;
  }
}

/** Results that are kept for one query. */
const RESULTS_KEPT = 1_000;

class PreparedQuery<Row> {
  readonly #query: CompiledQuery<Row>;
  readonly #results = new Map<string, readonly Row[]>();
  #generation: string | undefined;

  constructor(query: CompiledQuery<Row>) {
    this.#query = query;
  }

  async run(database: Database, parameters: readonly unknown[]): Promise<readonly Row[]> {
    const generation = generationOf(database);
    if (generation === undefined) return await this.#execute(database, parameters);
    if (generation !== this.#generation) {
      this.#results.clear();
      this.#generation = generation;
    }
    const key = parameters.join('\n');
    const kept = this.#results.get(key);
    if (kept !== undefined) return kept;
    const rows = await this.#execute(database, parameters);
    // Only if nothing changed while the query waited for its turn.
    if (generationOf(database) === generation && this.#generation === generation) {
      if (this.#results.size >= RESULTS_KEPT) this.#results.clear();
      this.#results.set(key, rows);
    }
    return rows;
  }

  async #execute(database: Database, parameters: readonly unknown[]): Promise<readonly Row[]> {
    const values = this.#query.parameters.map((value) =>
      value instanceof Placeholder ? parameters[value.position] : value,
    );
    return (await database.executeQuery<Row>({ ...this.#query, parameters: values })).rows;
  }
}

/** What a prepared query may be given: values whose text tells them apart. */
type Parameter = string | bigint;

/**
 * A function that runs the query which `build` makes of its parameters. `build` is called once for each database and must
 * use the parameters as values only, never to decide what the query looks like. The rows may be shared with other callers
 * and must not be changed. Inside a transaction it reads like any other query.
 */
export function prepareQuery<Parameters extends readonly Parameter[], Row>(
  build: (database: Database, ...parameters: Parameters) => Compilable<Row>,
): (database: Database, ...parameters: Parameters) => Promise<readonly Readonly<Row>[]> {
  const prepared = new WeakMap<Database, PreparedQuery<Row>>();
  return (database, ...parameters) => {
    let query = prepared.get(database);
    if (query === undefined) {
      const placeholders = Array.from({ length: build.length - 1 }, (_, position) => new Placeholder(position));
      query = new PreparedQuery(build(database, ...(placeholders as unknown as Parameters)).compile());
      prepared.set(database, query);
    }
    return query.run(database, parameters);
  };
}
