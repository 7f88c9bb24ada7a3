// Keeps a rehearsal open for commands in other terminals, which get its variables by evaluating what is printed.

function exportLine([name, value]: readonly [string, string]): string {
  return process.platform === 'win32'
    ? `$env:${name} = '${value.replaceAll("'", "''")}'\n`
    : `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`;
}

/** Prints the variables on stdout and waits for Ctrl-C. Gives 0. */
export async function serveUntilStopped(variables: Readonly<Record<string, string>>): Promise<number> {
  process.stdout.write(Object.entries(variables).map(exportLine).join(''));
  process.stderr.write('The rehearsal is open. Set these variables where clients run; Ctrl-C ends it and reports.\n');
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    // The terminal was closed: what the rehearsal did to the machine is to be undone all the same.
    process.once('SIGHUP', () => resolve());
  });
  return 0;
}
