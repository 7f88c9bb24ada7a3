// Runs one task after another.

export class TaskQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `task` after all that were given before, whether those failed or not. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
