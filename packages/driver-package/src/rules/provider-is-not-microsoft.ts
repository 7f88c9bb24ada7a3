// Nobody but Microsoft provides a driver in Microsoft's name (InfVerif 1204).
import { infRule, versionLine } from './driver.ts';

export const providerIsNotMicrosoft = infRule('provider-is-not-microsoft', function* (inf) {
  const { provider } = inf.description;
  if (provider === undefined || !/^\s*microsoft/iu.test(provider)) return;
  yield {
    code: 1204,
    severity: 'error',
    line: versionLine(inf, 'Provider'),
    summary: `The Provider is "${provider}".`,
    explanation: 'A name that begins with "Microsoft" would tell users that the driver comes from Microsoft.',
    remedy: 'Put the name of your own company into Provider, or into the string that it stands for.',
  };
});
