// What the drivers of one package must have in common: the same architectures ("Attestation sign Windows drivers").
import type { Finding } from '../finding.ts';
import type { CheckedDriver } from './driver.ts';

/** A warning for each driver that is for other architectures than the first one. Drivers without devices are for all. */
export function checkDriversTogether(drivers: readonly CheckedDriver[]): Finding[] {
  const known = drivers.flatMap((driver) => {
    const models = driver.infs.flatMap(({ description }) => description.models);
    const names = [...new Set(models.map(({ architecture }) => architecture))].sort().join(', ');
    return names === '' ? [] : [{ folder: driver.folder, names }];
  });
  const [first] = known;
  if (first === undefined) return [];
  return known
    .filter(({ names }) => names !== first.names)
    .map(({ folder, names }) => ({
      rule: 'drivers-agree-on-architectures',
      severity: 'warning' as const,
      file: folder,
      summary: `"${folder}" is for ${names}, but "${first.folder}" is for ${first.names}.`,
      explanation: 'The drivers of one package are signed for the same systems, so each must be for all of them.',
      remedy: 'Submit drivers for different architectures in packages of their own, or add the missing builds.',
    }));
}
