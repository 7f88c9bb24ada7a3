// Integers survive reading and writing, whatever their size.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJson, stringifyJson } from '../src/index.ts';

test('an id beyond 2^53 is read exactly, as bigint', () => {
  assert.deepEqual(parseJson('{"id":1152921504621441930,"small":7}'), { id: 1152921504621441930n, small: 7 });
});

test('a bigint is written as a bare number', () => {
  assert.equal(stringifyJson({ id: 1152921504621441930n, list: [1n] }), '{"id":1152921504621441930,"list":[1]}');
  assert.equal(stringifyJson({ id: 2n ** 60n }, 2), '{\n  "id": 1152921504606846976\n}');
});

test('numbers that are no integers stay numbers', () => {
  assert.deepEqual(parseJson('[1.5,1e300,-0.25,1e2,0.1]'), [1.5, 1e300, -0.25, 100, 0.1]);
});

test('every 64-bit integer survives a round trip', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (id) => {
      const [read] = parseJson(stringifyJson([id])) as [number | bigint];
      assert.equal(BigInt(read), id);
    }),
  );
});

test('malformed text is refused', () => {
  for (const text of ['', '{', '{"a":01}', '[1,]']) assert.throws(() => parseJson(text), SyntaxError);
});
