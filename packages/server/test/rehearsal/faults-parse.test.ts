// Reading faults, scripts and assertions: what they mean, and what is said of those that mean nothing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  FAULT_NAMES,
  type FaultSpecification,
  parseAssertion,
  parseFaultFlag,
  parseRehearsalScript,
} from '../../src/index.ts';
import { createSchedule } from '../../src/rehearsal/faults/schedule.ts';
import { FAULTS, flagForm } from '../../src/rehearsal/faults/table.ts';

describe('flags', () => {
  const MEANINGS: readonly (readonly [flag: string, meaning: FaultSpecification])[] = [
    ['throttle', { fault: 'throttle' }],
    ['throttle:3:30', { fault: 'throttle', times: 3, retryAfter: 30 }],
    ['throttle::none', { fault: 'throttle', retryAfter: null }],
    ['429:2', { fault: 'throttle', times: 2 }],
    ['error:500:5', { fault: 'error', status: 500, times: 5 }],
    ['503:always', { fault: 'error', status: 503, times: 'always' }],
    ['401', { fault: 'unauthorized' }],
    ['502', { fault: 'lost' }],
    ['lost:CREATEPRODUCT', { fault: 'lost', on: { operation: 'createProduct' } }],
    ['slow:2m', { fault: 'slow', seconds: 120 }],
    ['slow-blob:64k', { fault: 'slow-blob', bytesPerSecond: 65_536 }],
    ['cut-blob:1M:2:putBlock', { fault: 'cut-blob', bytes: 1_048_576, times: 2, on: { operation: 'putBlock' } }],
    ['expired-sas:1:download', { fault: 'expired-sas', times: 1, on: { method: 'GET' } }],
    ['stuck:scanning:90', { fault: 'stuck', step: 'scanning', seconds: 90 }],
    ['fail:Validation:INF: not good', { fault: 'fail', step: 'validation', message: 'INF: not good' }],
    ['early-completed', { fault: 'early-completed' }],
    ['numeric-step', { fault: 'numeric-step' }],
  ];
  for (const [flag, meaning] of MEANINGS) {
    test(flag, () => assert.deepEqual(parseFaultFlag(flag), meaning));
  }

  const REFUSED: readonly (readonly [flag: string, message: RegExp])[] = [
    ['throtle', /Did you mean throttle\?/],
    ['nonsense', /There are: throttle, error/],
    ['error', /needs "status".*error:STATUS\[:TIMES\[:OPERATION\]\]/],
    ['error:200', /status from 400 to 599/],
    ['error:abc', /status/],
    ['throttle:0', /whole number from 1/],
    ['lost:commit', /There are: createProduct|Did you mean/],
    ['stuck:scaning', /Did you mean scanning\?/],
    ['numeric-step:1', /too many arguments/],
    ['expired-sas:1:both', /"upload" or "download"/],
    ['slow-blob:fast', /bytesPerSecond/],
  ];
  for (const [flag, message] of REFUSED) {
    test(`${flag} is refused`, () => {
      assert.throws(() => parseFaultFlag(flag), { name: 'FaultScriptError', message });
    });
  }

  test('every fault has a form, and its required settings come first', () => {
    for (const name of FAULT_NAMES) {
      assert.ok(flagForm(name).startsWith(name));
      for (const setting of FAULTS[name].required) assert.ok(FAULTS[name].settings.includes(setting));
    }
    assert.equal(flagForm('throttle'), 'throttle[:TIMES[:SECONDS|none[:OPERATION]]]');
    assert.equal(flagForm('fail'), 'fail:STEP[:MESSAGE]');
  });
});

describe('scripts', () => {
  test('a whole one', () => {
    const script = parseRehearsalScript({
      seed: 7,
      speed: 0.1,
      steps: { scanning: '30s', Signing: 500 },
      faults: ['throttle:2', { fault: 'error', status: 500, after: 3, probability: 0.5, on: { method: 'get' } }],
      assertions: ['products = 1', { noRefusals: true }],
    });
    assert.deepEqual(script, {
      seed: 7,
      speed: 0.1,
      steps: { scanning: 30_000, signing: 500 },
      faults: [
        { fault: 'throttle', times: 2 },
        { fault: 'error', status: 500, after: 3, probability: 0.5, on: { method: 'GET' } },
      ],
      assertions: [
        { products: {}, exactly: 1 },
        { refusals: {}, exactly: 0 },
      ],
    });
    assert.deepEqual(parseRehearsalScript(undefined), {});
  });

  const REFUSED: readonly (readonly [script: unknown, message: RegExp])[] = [
    [[], /the script: write an object/],
    [{ fault: [] }, /Did you mean faults\?/],
    [{ seed: 1.5 }, /seed: write a whole number/],
    [{ speed: 'fast' }, /speed: write instant, brisk, realistic/],
    [{ steps: { scaning: 1 } }, /steps: .*Did you mean scanning\?/],
    [{ steps: { scanning: 'long' } }, /steps\.scanning: write milliseconds/],
    [{ faults: 'throttle' }, /faults: write a list/],
    [{ faults: [{ fault: 'slow', second: 3 }] }, /faults\[0\]: .*Did you mean seconds\?/],
    [{ faults: [{ fault: 'slow', seconds: -1 }] }, /faults\[0\]\.seconds/],
    [{ faults: [{ fault: 'slow', on: { path: 'products' } }] }, /faults\[0\]\.on\.path/],
    [{ faults: [{ fault: 'slow', on: {} }] }, /faults\[0\]\.on: name an operation/],
    [{ faults: [{ fault: 'fail', step: 'signing', on: { method: 'GET' } }] }, /faults\[0\]: there is no setting "on"/],
    [{ faults: [{ fault: 'slow', probability: 2 }] }, /probability: write a number from 0 to 1/],
    [{ assertions: ['products'] }, /assertions\[0\]: Write for example/],
  ];
  for (const [script, message] of REFUSED) {
    test(`${JSON.stringify(script)} is refused`, () => {
      assert.throws(() => parseRehearsalScript(script), { name: 'FaultScriptError', message });
    });
  }
});

describe('assertions', () => {
  const MEANINGS: readonly (readonly [text: string, meaning: object])[] = [
    ['calls createProduct = 1', { calls: { operation: 'createProduct' }, exactly: 1 }],
    ['calls createproduct 201 >= 2', { calls: { operation: 'createProduct', status: '201' }, atLeast: 2 }],
    ['calls 5xx < 3', { calls: { status: '5xx' }, atMost: 2 }],
    ['refusals = 0', { refusals: {}, exactly: 0 }],
    ['no refusals', { refusals: {}, exactly: 0 }],
    ['submissions completed > 0', { submissions: { state: 'completed' }, atLeast: 1 }],
    ['faults throttle = 2', { faults: { name: 'throttle' }, exactly: 2 }],
    ['faults happened', { faultsHappened: true }],
  ];
  for (const [text, meaning] of MEANINGS) {
    test(text, () => assert.deepEqual(parseAssertion(text), meaning));
  }
  for (const text of ['calls creatProduct = 1', 'submissions done = 1', 'products =', 'products a b = 1', 'what']) {
    test(`${text} is refused`, () => assert.throws(() => parseAssertion(text), { name: 'FaultScriptError' }));
  }
});

describe('the schedule', () => {
  const facts = { area: 'api', operation: 'getProduct', method: 'GET', path: '/v2.0/my/hardware/products/1' } as const;

  test('goes by path, with * for one segment and ** for any', () => {
    const fits = (path: string): boolean => {
      const schedule = createSchedule(1);
      schedule.add({ fault: 'error', status: 500, on: { path } });
      return schedule.take(['error'], facts) !== undefined;
    };
    assert.equal(fits('/v2.0/my/hardware/products/*'), true);
    assert.equal(fits('/*/my/**'), true);
    assert.equal(fits('/v2.0/my/hardware/*'), false);
    assert.equal(fits('**/products/1'), true);
  });

  test('chance goes by the seed', () => {
    const draw = (seed: number): string => {
      const schedule = createSchedule(seed);
      schedule.add({ fault: 'error', status: 500, times: 'always', probability: 0.5 });
      return Array.from({ length: 64 }, () => (schedule.take(['error'], facts) === undefined ? '.' : 'x')).join('');
    };
    assert.equal(draw(1), draw(1));
    assert.notEqual(draw(1), draw(2));
  });

  test('a step is decided once for each workflow, and a removed fault lets it go', () => {
    const schedule = createSchedule(1);
    const { id } = schedule.add({ fault: 'stuck', step: 'scanning', times: 1 });
    const step = (workflowId: string) => ({
      kind: 'ingestion',
      step: 'scanning',
      workflowId,
      subjectId: 1n,
      attempt: 1,
      begunAt: new Date(0),
    });
    assert.equal(schedule.takeStepFaults(step('a')).length, 1);
    assert.equal(schedule.takeStepFaults(step('b')).length, 0);
    assert.equal(schedule.takeStepFaults(step('a')).length, 1);
    assert.equal(schedule.list()[0]?.happened, 1);
    schedule.remove(id);
    assert.equal(schedule.takeStepFaults(step('a')).length, 0);
  });
});
