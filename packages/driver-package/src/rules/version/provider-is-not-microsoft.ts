// Nobody but Microsoft provides a driver in Microsoft's name (InfVerif 1204).
import { type Fault, infRule, versionPlace } from '../rule.ts';

const FOREIGN_NAME: Fault = {
  code: 1204,
  submission: true,
  what: 'The Provider begins with "Microsoft".',
  why: 'A name that begins with "Microsoft" would tell users that the driver comes from Microsoft.',
  remedy: 'Put the name of your own company into Provider, or into the string that it stands for.',
};

export const providerIsNotMicrosoft = infRule({
  id: 'provider-is-not-microsoft',
  faults: [FOREIGN_NAME],
  *check(inf) {
    const { provider } = inf.description;
    if (provider === undefined || !/^\s*microsoft/iu.test(provider)) return;
    yield { fault: FOREIGN_NAME, at: versionPlace(inf, 'Provider'), summary: `The Provider is "${provider}".` };
  },
});
