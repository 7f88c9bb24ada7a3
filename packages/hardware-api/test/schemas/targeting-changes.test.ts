// What actions do to entries in every state they can be in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BUILT_IN_CODES, DISTRIBUTION_RELEASES, type Targeting } from '../../src/index.ts';
import { applyTargetingChanges, CHID_STATES, checkDistribution, HARDWARE_ID_STATES } from '../../src/schemas/index.ts';

const COMBINATION = {
  bundleId: 'dc3b111e-c750-4a55-96ce-0eae1d1da8a2',
  infId: 'foo.inf',
  operatingSystemCode: 'WINDOWS_v100_RS3_FULL',
  pnpString: 'pci\\x',
};
const CHID = '346511cf-ccee-5c6d-8ee9-3c70fc7aae83';
const FACTS = { metadata: undefined, mustTargetChids: false, audiences: new Set<string>(), codes: BUILT_IN_CODES };
const EMPTY: Targeting = { hardwareIds: [], chids: [], restrictedToAudiences: [] };

function changedState(state: (typeof HARDWARE_ID_STATES)[number], action: 'add' | 'remove'): string | undefined {
  const targeting = { ...EMPTY, hardwareIds: [{ ...COMBINATION, distributionState: state }] };
  const upper = { ...COMBINATION, pnpString: COMBINATION.pnpString.toUpperCase() };
  const changed = applyTargetingChanges(targeting, { hardwareIds: [{ action, ...upper }] }, FACTS);
  assert.deepEqual(changed.errors, []);
  return changed.targeting?.hardwareIds[0]?.distributionState;
}

test('adding what is there already changes nothing, and takes back a removal', () => {
  assert.deepEqual(
    HARDWARE_ID_STATES.map((state) => [state, changedState(state, 'add')]),
    [
      ['notSet', 'pendingAdd'],
      ['pendingAdd', 'pendingAdd'],
      ['added', 'added'],
      ['pendingRemove', 'added'],
    ],
  );
});

test('removing what was never published takes it out at once', () => {
  assert.deepEqual(
    HARDWARE_ID_STATES.map((state) => [state, changedState(state, 'remove')]),
    [
      ['notSet', undefined],
      ['pendingAdd', undefined],
      ['added', 'pendingRemove'],
      ['pendingRemove', 'pendingRemove'],
    ],
  );
});

test('an update never leaves an entry twice, and an undone one changes nothing', () => {
  const state = fc.constantFrom(...CHID_STATES);
  const action = fc.constantFrom('add' as const, 'remove' as const);
  fc.assert(
    fc.property(state, fc.array(action, { maxLength: 4 }), (distributionState, actions) => {
      const targeting: Targeting = { ...EMPTY, chids: [{ chid: CHID, distributionState }] };
      const changes = { chids: actions.map((each) => ({ action: each, chid: CHID.toUpperCase() })) };
      const changed = applyTargetingChanges(targeting, changes, FACTS);
      if (new Set(actions).size > 1) assert.ok(changed.errors.length > 0);
      else assert.ok((changed.targeting?.chids.length ?? 0) <= 1);
    }),
  );
});

test('a partner who demands CHIDs demands them of updates, but not of the last one', () => {
  const targeting: Targeting = {
    ...EMPTY,
    hardwareIds: [{ ...COMBINATION, distributionState: 'added' }],
    chids: [{ chid: CHID, distributionState: 'added' }],
  };
  const facts = { ...FACTS, mustTargetChids: true };
  const chids = [{ action: 'remove' as const, chid: CHID }];
  const hardwareIds = [{ action: 'remove' as const, ...COMBINATION }];
  assert.deepEqual(
    applyTargetingChanges(targeting, { chids }, facts).errors.map(({ target }) => target),
    ['targeting.chids'],
  );
  assert.deepEqual(applyTargetingChanges(targeting, { chids, hardwareIds }, facts).errors, []);
});

test('floors and ceilings keep the order of the releases', () => {
  const names = DISTRIBUTION_RELEASES.map(({ name }) => name);
  assert.deepEqual(names, ['TH', 'RS1', 'RS2', 'RS3', 'RS4', 'RS5', '19H1', 'VB', 'MN', 'FE', 'CO', 'NI', 'GE']);
  const hardwareIds = [
    { operatingSystemCode: 'WINDOWS_v100_TH2_FULL' },
    { operatingSystemCode: 'WINDOWS_v100_GE_FULL' },
  ];
  for (const [low, flooring] of names.entries()) {
    for (const [high, ceiling] of names.entries()) {
      const faults = checkDistribution(
        { hardwareIds, chids: [], inServicePublishInfo: { flooring, ceiling } },
        BUILT_IN_CODES,
      );
      assert.equal(faults.length, low <= high ? 0 : 1, `${flooring} to ${ceiling}`);
    }
  }
});
