// Prepared queries give what the database holds: after changes of this connection, of another one, and in transactions.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../src/store/database.ts';
import { prepareQuery } from '../../src/store/prepared-query.ts';
import { testOnEachDatabase, testOnEachLocation } from './test-databases.ts';

const reviewQuery = prepareQuery((database, id: bigint, decision: string) =>
  database
    .selectFrom('reviews')
    .select(['reason', 'decided_by'])
    .where('submission_id', '=', id)
    .where('decision', '=', decision as 'approved')
    .where('decided_at', '=', 'then'),
);

const review = (id: bigint, reason: string) => ({
  submission_id: id,
  decision: 'approved' as const,
  reason,
  decided_by: 'someone',
  decided_at: 'then',
});

testOnEachDatabase('a prepared query tells its parameters apart and sees each change', async (database) => {
  assert.deepEqual(await reviewQuery(database, 1n, 'approved'), []);
  await database
    .insertInto('reviews')
    .values([review(1n, 'one'), review(2n, 'two')])
    .execute();
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(
      (await reviewQuery(database, 1n, 'approved')).map(({ reason }) => reason),
      ['one'],
    );
    assert.deepEqual(
      (await reviewQuery(database, 2n, 'approved')).map(({ reason }) => reason),
      ['two'],
    );
    assert.deepEqual(await reviewQuery(database, 2n, 'rejected'), []);
  }
  await database.updateTable('reviews').set({ reason: 'changed' }).where('submission_id', '=', 1n).execute();
  assert.deepEqual(
    (await reviewQuery(database, 1n, 'approved')).map(({ reason }) => reason),
    ['changed'],
  );
  await database.deleteFrom('reviews').execute();
  assert.deepEqual(await reviewQuery(database, 1n, 'approved'), []);
});

testOnEachDatabase('a prepared query inside a transaction sees what the transaction wrote', async (database) => {
  await reviewQuery(database, 3n, 'approved');
  await assert.rejects(
    database.transaction().execute(async (transaction) => {
      await transaction.insertInto('reviews').values(review(3n, 'three')).execute();
      assert.equal((await reviewQuery(transaction, 3n, 'approved')).length, 1);
      throw new Error('rolled back');
    }),
    /rolled back/,
  );
  assert.deepEqual(await reviewQuery(database, 3n, 'approved'), []);
});

testOnEachLocation('a prepared query sees what another process wrote', async (_t, location) => {
  const ours = await openDatabase(location);
  const theirs = await openDatabase(location);
  try {
    assert.deepEqual(await reviewQuery(ours, 4n, 'approved'), []);
    await theirs.insertInto('reviews').values(review(4n, 'four')).execute();
    await sleep(2);
    assert.equal((await reviewQuery(ours, 4n, 'approved')).length, 1);
  } finally {
    await ours.destroy();
    await theirs.destroy();
  }
});
