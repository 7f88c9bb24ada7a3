// `assay demo`: the whole way of a driver package against a throw-away server, to see that this machine can do it.
import { relative } from 'node:path';
import { Command } from 'commander';
import { CommandError, EXIT } from '../exit-codes.ts';
import { interruptible } from '../interruption.ts';

interface DemoCommandOptions {
  readonly out: string;
}

async function demo({ out }: DemoCommandOptions): Promise<void> {
  const { runDemo } = await import('../demo/run-demo.ts');
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const { failures, signedPackage } = await interruptible((signal) => runDemo({ out, say, signal }));
  if (failures > 0) throw new CommandError(EXIT.inputOutput, `${failures} did not verify.`);
  say(`Everything verified: ${relative(process.cwd(), signedPackage)}`);
}

export function demoCommand(): Command {
  return new Command('demo')
    .option('--out <dir>', 'folder for echo.cab, signed.zip and ca.pem', 'out')
    .addHelpText(
      'after',
      '\nExamples:\n  assay demo\n  assay demo --out /tmp/echo\n\nStarts a server on a free port, packs and signs the example driver Echo, submits it, downloads the signed package and\nverifies every file in it. Prints each call with its time. The server and its keys are gone afterwards.',
    )
    .action(demo);
}
