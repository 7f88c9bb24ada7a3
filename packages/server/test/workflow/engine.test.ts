// The durable engine on every database there is: order, retries, failures, waiting, and two engines on one queue.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Database } from '../../src/store/database.ts';
import { readStepOutputs, releaseAllLeases } from '../../src/store/workflows.ts';
import { type Engine, startEngine } from '../../src/workflow/engine.ts';
import { queueWorkflow } from '../../src/workflow/queue.ts';
import type { StepContext, StepResult, WorkflowDefinition } from '../../src/workflow/workflow.ts';
import { testOnEachDatabase } from '../store/test-databases.ts';

interface Recorded {
  readonly definition: WorkflowDefinition;
  /** What the hooks said, in order. */
  readonly events: string[];
}

function definition(steps: Record<string, (context: StepContext) => Promise<StepResult> | StepResult>): Recorded {
  const events: string[] = [];
  return {
    events,
    definition: {
      kind: 'test',
      steps: Object.entries(steps).map(([name, run]) => ({ name, run: async (context) => await run(context) })),
      stepStarted: async (_, subject, step) => void events.push(`${subject} started ${step}`),
      stepWaiting: async (_, subject, step, messages) =>
        void events.push(`${subject} waits ${step}: ${messages.join()}`),
      stepFailed: async (_, subject, step, messages) =>
        void events.push(`${subject} failed ${step}: ${messages.join()}`),
      completed: async (_, subject, step) => void events.push(`${subject} completed ${step}`),
    },
  };
}

async function queue(database: Database, subjectId: bigint, firstStep = 'one'): Promise<void> {
  await database
    .transaction()
    .execute((transaction) => queueWorkflow(transaction, { kind: 'test', subjectId, firstStep }, () => new Date()));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

const done = (output: StepResult & { kind: 'completed' }): StepResult => output;
const ok = (output: string): StepResult => done({ kind: 'completed', output });

describe('the engine', () => {
  testOnEachDatabase('takes the steps in order and hands outputs on', async (database, t) => {
    const { definition: workflow, events } = definition({
      one: () => ok('first'),
      two: (context) => ok(`${context.output<string>('one')} second`),
    });
    await queue(database, 7n);
    const engine = startEngine({ database, definitions: [workflow], clock: () => new Date() });
    t.after(() => engine.stop());
    await until(() => events.includes('7 completed two'));
    assert.deepEqual(events, ['7 started two', '7 completed two']);
    const row = await database.selectFrom('workflows').selectAll().executeTakeFirstOrThrow();
    assert.equal(row.state, 'completed');
    assert.deepEqual([...(await readStepOutputs(database, row.id))].sort(), [
      ['one', 'first'],
      ['two', 'first second'],
    ]);
    await engine.stop();
  });

  testOnEachDatabase('tries a step again that broke off, and ends at a failed one', async (database, t) => {
    const attempts: number[] = [];
    const { definition: workflow, events } = definition({
      one: ({ attempt }) => {
        attempts.push(attempt);
        if (attempt < 3) throw new Error('not yet');
        return ok('');
      },
      two: () => ({ kind: 'failed', messages: ['the package is bad'] }),
      three: () => ok(''),
    });
    await queue(database, 8n);
    const engine = startEngine({ database, definitions: [workflow], clock: () => new Date() });
    t.after(() => engine.stop());
    await until(() => events.some((event) => event.includes('failed')));
    assert.deepEqual(attempts, [1, 2, 3]);
    assert.deepEqual(events, ['8 started two', '8 failed two: the package is bad']);
    await engine.stop();
  });

  testOnEachDatabase('waits without counting attempts and goes on when it is made due', async (database, t) => {
    let decided = false;
    const attempts: number[] = [];
    const { definition: workflow, events } = definition({
      one: ({ attempt }) => {
        attempts.push(attempt);
        return decided ? ok('') : { kind: 'waiting', retryAfterMs: 3_600_000, messages: ['hold'] };
      },
    });
    await queue(database, 9n);
    const engine = startEngine({ database, definitions: [workflow], clock: () => new Date() });
    t.after(() => engine.stop());
    await until(() => events.length === 1);
    decided = true;
    await database.updateTable('workflows').set({ due_at: new Date().toISOString() }).execute();
    engine.wake();
    await until(() => events.includes('9 completed one'));
    assert.deepEqual(attempts, [1, 1]);
    await engine.stop();
  });

  testOnEachDatabase('drops the result of a worker that lost its claim', async (database, t) => {
    const gate = Promise.withResolvers<void>();
    let runs = 0;
    const { definition: workflow, events } = definition({
      one: async () => {
        runs += 1;
        if (runs === 1) await gate.promise;
        return ok(`run ${runs}`);
      },
    });
    await queue(database, 10n);
    const engine = startEngine({ database, definitions: [workflow], clock: () => new Date() });
    t.after(() => engine.stop());
    await until(() => runs === 1);
    // What a restart does to the claims of a process that is thought dead: here it is only slow.
    await releaseAllLeases(database);
    engine.wake();
    await until(() => events.includes('10 completed one'));
    gate.resolve();
    await engine.stop();
    assert.equal(runs, 2);
    assert.deepEqual(events, ['10 completed one']);
  });

  testOnEachDatabase('begins a step late without working at it, and counts from when it began', async (database, t) => {
    const attempts: number[] = [];
    const { definition: workflow, events } = definition({
      one: () => ok(''),
      two: ({ attempt }) => {
        attempts.push(attempt);
        return ok('');
      },
    });
    const begins = new Set<string>();
    let lengthMs = 3_600_000;
    const subjects = [21n, 22n, 23n];
    for (const subject of subjects) await queue(database, subject);
    const start = (): Engine =>
      startEngine({
        database,
        definitions: [workflow],
        clock: () => new Date(),
        concurrency: 1,
        delayStep: ({ step, subjectId, begunAt }) => {
          if (step === 'two') begins.add(`${subjectId} ${begunAt.toISOString()}`);
          return step === 'two' ? lengthMs : 0;
        },
      });
    const first = start();
    t.after(() => first.stop());
    await until(() => events.length === subjects.length && begins.size === subjects.length);
    await first.stop();
    assert.deepEqual(attempts, [], 'one worker gets three workflows to the step and works at none');
    lengthMs = 1;
    const second = start();
    t.after(() => second.stop());
    await database.updateTable('workflows').set({ due_at: new Date().toISOString() }).execute();
    second.wake();
    await until(() => subjects.every((subject) => events.includes(`${subject} completed two`)));
    assert.equal(begins.size, subjects.length, 'the begin is the same after a restart');
    assert.deepEqual(attempts, [1, 1, 1]);
    await second.stop();
  });

  testOnEachDatabase(
    'takes a result that is decided from outside, and lets the step settle it',
    async (database, t) => {
      const { definition: plain, events } = definition({
        one: () => assert.fail('the step does not run'),
      });
      const workflow: WorkflowDefinition = {
        ...plain,
        steps: plain.steps.map((step) => ({
          ...step,
          settle: async (_, result) => (result.kind === 'failed' ? { ...result, messages: ['settled'] } : result),
        })),
      };
      let looks = 0;
      await queue(database, 24n);
      const engine = startEngine({
        database,
        definitions: [workflow],
        clock: () => new Date(),
        intervene: async () => {
          looks += 1;
          return looks < 3 ? { kind: 'waiting', retryAfterMs: 1, messages: [] } : { kind: 'failed', messages: ['no'] };
        },
      });
      t.after(() => engine.stop());
      await until(() => events.some((event) => event.includes('failed')));
      assert.deepEqual(events, ['24 waits one: ', '24 waits one: ', '24 failed one: settled']);
      await engine.stop();
    },
  );

  testOnEachDatabase('frees what a step held whose workflow was removed meanwhile', async (database, t) => {
    for (const breaksOff of [false, true]) {
      const gate = Promise.withResolvers<void>();
      let runs = 0;
      const ended: bigint[] = [];
      const { definition: workflow, events } = definition({
        one: async () => {
          runs += 1;
          await gate.promise;
          if (breaksOff) throw new Error('its files are gone');
          return ok('');
        },
        two: () => ok(''),
      });
      await queue(database, 25n);
      const engine = startEngine({
        database,
        definitions: [{ ...workflow, ended: async (subject) => void ended.push(subject) }],
        clock: () => new Date(),
        log: ({ message }) => assert.fail(message),
      });
      t.after(() => engine.stop());
      await until(() => runs === 1);
      await database.deleteFrom('workflows').execute();
      gate.resolve();
      await until(() => ended.length > 0);
      await engine.stop();
      assert.deepEqual([ended, events], [[25n], []]);
    }
  });

  testOnEachDatabase('shares a queue among engines: each step is recorded once', async (database, t) => {
    const subjects = Array.from({ length: 30 }, (_, index) => BigInt(index + 1));
    const { definition: workflow, events } = definition({ one: () => ok(''), two: () => ok('') });
    const engines: Engine[] = [];
    t.after(() => Promise.all(engines.map((engine) => engine.stop())));
    for (const subject of subjects) await queue(database, subject);
    for (let index = 0; index < 3; index++) {
      engines.push(startEngine({ database, definitions: [workflow], clock: () => new Date() }));
    }
    await until(() => events.filter((event) => event.includes('completed')).length >= subjects.length);
    await Promise.all(engines.map((engine) => engine.stop()));
    assert.equal(new Set(events).size, events.length, 'no hook ran twice for the same step');
    assert.equal(events.length, subjects.length * 2);
  });
});
