// `assay completion`: prints the script with which a shell completes `assay` commands.
import { Argument, Command } from 'commander';
import { COMPLETION_SCRIPTS, type Shell } from '../completion/scripts.ts';

export function completionCommand(): Command {
  return new Command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(COMPLETION_SCRIPTS)))
    .addHelpText(
      'after',
      `
Put it where the shell finds it:
  bash         echo 'eval "$(assay completion bash)"' >> ~/.bashrc
  zsh          echo 'eval "$(assay completion zsh)"' >> ~/.zshrc        (after compinit)
  fish         assay completion fish > ~/.config/fish/completions/assay.fish
  powershell   Add-Content $PROFILE 'assay completion powershell | Out-String | Invoke-Expression'

Examples:
  assay completion bash
  assay completion powershell`,
    )
    .action((shell: Shell) => {
      process.stdout.write(COMPLETION_SCRIPTS[shell]);
    });
}
