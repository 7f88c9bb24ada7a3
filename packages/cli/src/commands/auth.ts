// `assay auth`: who this command line is to the service, and a token for other programs.
import { HARDWARE_SCOPE } from '@assay/hardware-api';
import { Command } from 'commander';
import { type Connection, resolveConnection } from '../credentials.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { interruptible } from '../interruption.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { readTokenClaims } from '../profiles/credential.ts';
import { createServiceCredential } from '../profiles/service-credential.ts';
import { addServiceOptions, createTransport, type ServiceOptions } from '../service-client.ts';

interface StatusOptions extends ServiceOptions, OutputOptions {
  readonly offline?: boolean;
}

async function fetchToken(connection: Connection, options: ServiceOptions): Promise<{ token: string; ends: Date }> {
  const credential = createServiceCredential(connection, await createTransport(connection, options));
  const token = await interruptible((signal) => credential.getToken(HARDWARE_SCOPE, { abortSignal: signal }));
  if (token === null) throw new CommandError(EXIT.authentication, 'The credential gave no access token.');
  return { token: token.token, ends: new Date(Math.min(token.expiresOnTimestamp, 8.64e15)) };
}

async function status(options: StatusOptions): Promise<void> {
  const connection = await resolveConnection(options, process.env);
  const { profile, url, authority, tenantId, clientId, credential, identitySource, endpointSource } = connection;
  const found = options.offline === true ? undefined : await fetchToken(connection, options);
  const claims = found === undefined ? undefined : readTokenClaims(found.token);
  const result = {
    ...{ profile, url, authority, tenantId, clientId },
    ...{ credential: credential.kind, identitySource, endpointSource },
    tokenValidUntil: (claims?.expiresAt ?? found?.ends)?.toISOString(),
    roles: claims?.roles,
  };
  const fields = {
    profile: profile ?? '(none)',
    service: `${url} (${endpointSource})`,
    authority,
    tenant: tenantId,
    client: clientId,
    credential: `${credential.kind} (${identitySource})`,
    'token valid until': result.tokenValidUntil,
    roles: claims === undefined ? undefined : claims.roles.join(', ') || '(none in the token)',
  };
  await printResult(result, { fields }, options);
}

async function token(options: ServiceOptions): Promise<void> {
  const { token: text } = await fetchToken(await resolveConnection(options, process.env), options);
  if (process.stdout.isTTY) {
    process.stderr.write(
      'Whoever sees this token can use it until it ends. Clear the screen, or put it in a variable.\n',
    );
  }
  process.stdout.write(`${text}\n`);
}

export function authCommand(): Command {
  return new Command('auth')
    .addCommand(
      addServiceOptions(addOutputOptions(new Command('status').description('say who we are to which service')))
        .option('--offline', 'do not ask for a token')
        .action(status),
    )
    .addCommand(
      addServiceOptions(new Command('token').description('print an access token, and nothing else')).action(token),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  assay auth status\n  assay auth status --profile microsoft -o json\n  curl -H "Authorization: Bearer $(assay auth token)" http://127.0.0.1:8080/v2.0/my/hardware/products',
    );
}
