// Every command of `assay`, in the order of its help. Each is loaded when it is called, and only then.
import type { Command } from 'commander';

export interface CommandEntry {
  readonly name: string;
  /** One line: what it does. */
  readonly summary: string;
  load(): Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'run the service; the first start makes an account, keys and credentials',
    load: async () => (await import('./commands/serve.ts')).serveCommand(),
  },
  {
    name: 'pack',
    summary: 'make a submission cabinet; each folder becomes one driver folder of the cabinet',
    load: async () => (await import('./commands/pack.ts')).packCommand(),
  },
  {
    name: 'submit',
    summary: 'submit a package and download the signed one',
    load: async () => (await import('./commands/submit.ts')).submitCommand(),
  },
  {
    name: 'sign',
    summary: 'sign images, cabinets, catalogs and HLKX packages; each file in place unless --out is given',
    load: async () => (await import('./commands/sign.ts')).signCommand(),
  },
  {
    name: 'verify',
    summary: 'verify signed files; exit code 0 only when everything verified',
    load: async () => (await import('./commands/verify.ts')).verifyCommand(),
  },
  {
    name: 'inspect',
    summary: 'show what is in a signed file: digests, signatures, certificates, time stamps, contents',
    load: async () => (await import('./commands/inspect.ts')).inspectCommand(),
  },
  {
    name: 'catalog',
    summary: 'make, list, check and sign security catalogs',
    load: async () => (await import('./commands/catalog.ts')).catalogCommand(),
  },
  {
    name: 'signature',
    summary: 'take signatures out of files, put them in, remove them, or make them where the key is',
    load: async () => (await import('./commands/signature.ts')).signatureCommand(),
  },
  {
    name: 'lint',
    summary: 'say what is wrong with an INF or a driver package, with the numbers of InfVerif',
    load: async () => (await import('./commands/lint.ts')).lintCommand(),
  },
  {
    name: 'doctor',
    summary: 'check Node, data folder, credentials, service, clock, certificates and malware scanner',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  },
  {
    name: 'review',
    summary: 'decide about submissions that are held for manual review',
    load: async () => (await import('./commands/review.ts')).reviewCommand(),
  },
  {
    name: 'codes',
    summary: 'show the codes of operating systems and product types that can be submitted for',
    load: async () => (await import('./commands/codes.ts')).codesCommand(),
  },
  {
    name: 'account',
    summary: 'administer the accounts of an installation, on its data folder or database',
    load: async () => (await import('./commands/account.ts')).accountCommand(),
  },
  {
    name: 'application',
    summary: 'administer the applications of an installation, on its data folder or database',
    load: async () => (await import('./commands/application.ts')).applicationCommand(),
  },
  {
    name: 'certificate',
    summary: 'administer the certificates whose signatures on packages are accepted for an account',
    load: async () => (await import('./commands/certificate.ts')).certificateCommand(),
  },
  {
    name: 'audit',
    summary: 'export and verify the log of changes',
    load: async () => (await import('./commands/audit.ts')).auditCommand(),
  },
  {
    name: 'preprod',
    summary: 'sign packages for preproduction testing, without a product',
    load: async () => (await import('./commands/preprod.ts')).preprodCommand(),
  },
];
