// `assay sdcm`: see sdcm/run-sdcm.ts. Its options are SDCM's, so none of ours is read here.
import { Command } from 'commander';
import { runSdcm } from '../sdcm/run-sdcm.ts';

export function sdcmCommand(): Command {
  return new Command('sdcm')
    .argument('[options...]', "SDCM's own options; -h lists them")
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .addHelpText('after', '\nExamples:\n  assay sdcm -list product\n  assay sdcm -h')
    .action(async () => {
      const { argv } = process;
      process.exitCode = await runSdcm(argv.slice(argv.indexOf('sdcm') + 1));
    });
}
