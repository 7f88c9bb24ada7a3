// Every behaviour of the list is held by a test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BEHAVIOUR_GROUPS, BEHAVIOURS } from './behaviours.ts';
import { findHolders } from './held.ts';

test('every behaviour is held by a test', () => {
  const holders = findHolders();
  assert.deepEqual(
    [...BEHAVIOURS.keys()].filter((number) => !holders.has(number)),
    [],
  );
});

test('numbers are unique and well formed', () => {
  const numbers = BEHAVIOUR_GROUPS.flatMap(({ behaviours }) => Object.keys(behaviours));
  assert.equal(new Set(numbers).size, numbers.length);
  for (const number of numbers) assert.match(number, /^C-\d{3}$/);
});
