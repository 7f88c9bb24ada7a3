// The keys of [Version] that every driver must have (InfVerif 1234, "INF Version Section").
import { findSection, findValue } from '../inf/index.ts';
import { infRule, versionLine } from './driver.ts';

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

export const requiredKeysPresent = infRule('required-keys-present', function* (inf) {
  if (findSection(inf.document, 'Version') === undefined) return;
  for (const { key, purpose, example } of REQUIRED) {
    if (findValue(inf.document, 'Version', key) !== undefined) continue;
    yield {
      code: 1234,
      severity: 'error',
      line: versionLine(inf, key),
      summary: `The [Version] section has no ${key}.`,
      explanation: `${key} ${purpose}; a driver without it is not accepted.`,
      remedy: `Add a line such as: ${example}`,
    };
  }
});
