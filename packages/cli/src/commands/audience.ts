// `assay audience`: the sets of machines to which shipping labels can be limited.
import { Command } from 'commander';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { addServiceOptions, connect, type ServiceOptions } from '../service-client.ts';

async function list(options: ServiceOptions & OutputOptions): Promise<void> {
  const audiences = await (await connect(options)).listAudiences();
  const rows = audiences.map(({ id, name, audienceName, description }) => [id, name, audienceName, description]);
  await printResult(audiences, { headings: ['ID', 'NAME', 'AUDIENCE NAME', 'DESCRIPTION'], rows }, options);
}

export function audienceCommand(): Command {
  const listing = new Command('list').description('list the audiences of the account');
  return new Command('audience')
    .addCommand(addServiceOptions(addOutputOptions(listing)).action(list))
    .addHelpText('after', '\nExamples:\n  assay audience list\n  assay audience list --query "[].id" -o tsv');
}
