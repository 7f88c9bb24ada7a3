// The page about compatibility: what clients in the field depend on, the tests that hold it, and the known differences.
import { BEHAVIOUR_GROUPS } from '../../test/compatibility/behaviours.ts';
import { CLIENTS } from '../../test/compatibility/clients.ts';
import { DIFFERENCES } from '../../test/compatibility/differences.ts';
import { findHolders } from '../../test/compatibility/held.ts';
import { GENERATED, table } from './markdown.ts';

export async function writeCompatibility(): Promise<string> {
  const holders = findHolders();
  const groups = BEHAVIOUR_GROUPS.map(({ title, behaviours }) => {
    const rows = Object.entries(behaviours).map(([number, { sentence, clients }]) => [
      number,
      sentence,
      clients.map((client) => CLIENTS[client]).join(', '),
      (holders.get(number) ?? []).map((file) => `[${file}](../test/compatibility/${file})`).join(', '),
    ]);
    return `## ${title}\n\n${table(['', 'behaviour', 'who depends on it', 'test'], rows)}`;
  });
  const differences = DIFFERENCES.map(({ theService, assay, reason }) => [theService, assay, reason]);
  return `${GENERATED}

# Compatibility

What clients of the Hardware API in the field depend on, as far as their public sources and issue threads tell, and the test
that holds each behaviour. A test is named after the number: \`node --test --test-name-pattern 'C-104' 'test/compatibility/*.test.ts'\`.
The tests speak to a running service over HTTP; some are the libraries and tools that those clients are made of.

${groups.join('\n\n')}

## Libraries that get tokens

\`@azure/identity\`, MSAL and what is built on them want HTTPS, and unless told otherwise they ask \`login.microsoftonline.com\`
whether another authority may be trusted. There are two ways:

- Say that no question is needed: \`disableInstanceDiscovery\` in \`@azure/identity\`, or the host in \`knownAuthorities\` of MSAL;
  the authority is then the service's public address.
- Let the name \`login.microsoftonline.com\` lead to the service, with a certificate that the client trusts. The service answers
  the question for its own public address and for no other. Clients that have all addresses built in work this way only.

## Known differences

${table(['the service', 'Assay', 'reason'], differences)}
`;
}
