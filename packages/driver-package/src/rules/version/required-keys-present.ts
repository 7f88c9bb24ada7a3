// The keys of [Version] that every driver must have (InfVerif 1234, "INF Version Section").
import { findSection, findValue } from '../../inf/index.ts';
import { type Fault, infRule, versionPlace } from '../rule.ts';

const REQUIRED = [
  { key: 'Class', purpose: 'names the setup class of the device', example: 'Class = System' },
  {
    key: 'ClassGuid',
    purpose: 'identifies the setup class of the device',
    example: 'ClassGuid = {4D36E97D-E325-11CE-BFC1-08002BE10318}',
  },
  { key: 'Provider', purpose: 'says who provides the driver', example: 'Provider = %ManufacturerName%' },
  {
    key: 'DriverVer',
    purpose: 'lets Windows tell the newer of two drivers',
    example: 'DriverVer = 10/14/2025,1.0.0.0',
  },
] as const;

const KEY_MISSING: Fault = {
  code: 1234,
  submission: true,
  what: 'A key that every driver needs is missing in [Version]: Class, ClassGuid, Provider or DriverVer.',
  why: 'These keys say what the driver is for, whose it is and how new; a driver without them is not accepted.',
  remedy: 'Add the key to [Version].',
};

export const requiredKeysPresent = infRule({
  id: 'required-keys-present',
  faults: [KEY_MISSING],
  *check(inf) {
    if (findSection(inf.document, 'Version') === undefined) return;
    for (const { key, purpose, example } of REQUIRED) {
      if (findValue(inf.document, 'Version', key) !== undefined) continue;
      yield {
        fault: KEY_MISSING,
        at: versionPlace(inf, key),
        summary: `The [Version] section has no ${key}.`,
        explanation: `${key} ${purpose}; a driver without it is not accepted.`,
        remedy: `Add a line such as: ${example}`,
      };
    }
  },
});
