// The counters of throttling, on every database there is.
import assert from 'node:assert/strict';
import { countCall, removeCountersBefore } from '../../src/store/throttle.ts';
import { testOnEachDatabase } from './test-databases.ts';

const ACCOUNT = 2n ** 40n;

testOnEachDatabase('calls at once get a number each', async (database) => {
  const call = { minute: 29_000_000n, accountId: ACCOUNT, method: 'GET /products' };
  const numbers = await Promise.all(Array.from({ length: 50 }, () => countCall(database, call)));
  assert.deepEqual(
    numbers.sort((a, b) => Number(a - b)),
    Array.from({ length: 50 }, (_, index) => BigInt(index + 1)),
  );
  assert.equal(await countCall(database, { ...call, method: 'POST /products' }), 1n);
  assert.equal(await countCall(database, { ...call, accountId: ACCOUNT + 1n }), 1n);
  assert.equal(await countCall(database, { ...call, minute: call.minute + 1n }), 1n);
  assert.equal(await countCall(database, call), 51n);
});

testOnEachDatabase('minutes that are over are removed', async (database) => {
  for (const minute of [10n, 11n, 12n]) await countCall(database, { minute, accountId: ACCOUNT, method: 'GET /' });
  await removeCountersBefore(database, 12n);
  const rows = await database.selectFrom('throttle_counters').select('minute').execute();
  assert.deepEqual(
    rows.map(({ minute }) => minute),
    [12n],
  );
});
