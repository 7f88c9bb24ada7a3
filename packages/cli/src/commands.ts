// Every command of `assay`, in the order of its help. Each is loaded when it is called, and only then.
import type { Command } from 'commander';

/** The headings of the help, in order. */
export const COMMAND_GROUPS = ['Packages', 'Submitting', 'Rehearsing', 'Running the service', 'This command'] as const;
export type CommandGroup = (typeof COMMAND_GROUPS)[number];

export interface CommandEntry {
  readonly name: string;
  /** Under which heading the help lists it. */
  readonly group: CommandGroup;
  /** One line: what it does. */
  readonly summary: string;
  load(): Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'pack',
    group: 'Packages',
    summary: 'make a submission cabinet; each folder becomes one driver folder of the cabinet',
    load: async () => (await import('./commands/pack.ts')).packCommand(),
  },
  {
    name: 'lint',
    group: 'Packages',
    summary: 'say what is wrong with an INF or a driver package, with the numbers of InfVerif',
    load: async () => (await import('./commands/lint.ts')).lintCommand(),
  },
  {
    name: 'sign',
    group: 'Packages',
    summary: 'sign images, cabinets, catalogs and HLKX packages; each file in place unless --out is given',
    load: async () => (await import('./commands/sign.ts')).signCommand(),
  },
  {
    name: 'verify',
    group: 'Packages',
    summary: 'verify signed files; exit code 0 only when everything verified',
    load: async () => (await import('./commands/verify.ts')).verifyCommand(),
  },
  {
    name: 'inspect',
    group: 'Packages',
    summary: 'show what is in a signed file: digests, signatures, certificates, time stamps, contents',
    load: async () => (await import('./commands/inspect.ts')).inspectCommand(),
  },
  {
    name: 'catalog',
    group: 'Packages',
    summary: 'make, list, check and sign security catalogs',
    load: async () => (await import('./commands/catalog.ts')).catalogCommand(),
  },
  {
    name: 'signature',
    group: 'Packages',
    summary: 'take signatures out of files, put them in, remove them, or make them where the key is',
    load: async () => (await import('./commands/signature.ts')).signatureCommand(),
  },
  {
    name: 'submit',
    group: 'Submitting',
    summary: 'submit a package and download the signed one',
    load: async () => (await import('./commands/submit.ts')).submitCommand(),
  },
  {
    name: 'wait',
    group: 'Submitting',
    summary: 'wait until a submission is signed',
    load: async () => (await import('./commands/wait.ts')).waitCommand(),
  },
  {
    name: 'download',
    group: 'Submitting',
    summary: 'download the signed package or another file of a submission',
    load: async () => (await import('./commands/download.ts')).downloadCommand(),
  },
  {
    name: 'product',
    group: 'Submitting',
    summary: 'list, show, make and change products',
    load: async () => (await import('./commands/product.ts')).productCommand(),
  },
  {
    name: 'submission',
    group: 'Submitting',
    summary: 'make, upload, commit, watch and fetch submissions, step by step',
    load: async () => (await import('./commands/submission.ts')).submissionCommand(),
  },
  {
    name: 'shipping-label',
    group: 'Submitting',
    summary: 'publish submissions to Windows Update and share them with partners',
    load: async () => (await import('./commands/shipping-label.ts')).shippingLabelCommand(),
  },
  {
    name: 'partner-submission',
    group: 'Submitting',
    summary: 'find the own copy of a submission that a partner shared',
    load: async () => (await import('./commands/partner-submission.ts')).partnerSubmissionCommand(),
  },
  {
    name: 'audience',
    group: 'Submitting',
    summary: 'list the audiences to which shipping labels can be limited',
    load: async () => (await import('./commands/audience.ts')).audienceCommand(),
  },
  {
    name: 'preprod',
    group: 'Submitting',
    summary: 'sign packages for preproduction testing, without a product',
    load: async () => (await import('./commands/preprod.ts')).preprodCommand(),
  },
  {
    name: 'codes',
    group: 'Submitting',
    summary: 'show the codes of operating systems and product types that can be submitted for',
    load: async () => (await import('./commands/codes.ts')).codesCommand(),
  },
  {
    name: 'api',
    group: 'Submitting',
    summary: 'send any request to the service with its token',
    load: async () => (await import('./commands/api.ts')).apiCommand(),
  },
  {
    name: 'sdcm',
    group: 'Submitting',
    summary: "take the command line of Microsoft's SDCM, with its output and return codes",
    load: async () => (await import('./commands/sdcm.ts')).sdcmCommand(),
  },
  {
    name: 'rehearse',
    group: 'Rehearsing',
    summary: 'run any client of the Hardware API, as it is, against a throw-away service',
    load: async () => (await import('./commands/rehearse.ts')).rehearseCommand(),
  },
  {
    name: 'demo',
    group: 'Rehearsing',
    summary: 'see the whole way of a driver package once, against a throw-away server',
    load: async () => (await import('./commands/demo.ts')).demoCommand(),
  },
  {
    name: 'serve',
    group: 'Running the service',
    summary: 'run the service; the first start makes an account, keys and credentials',
    load: async () => (await import('./commands/serve.ts')).serveCommand(),
  },
  {
    name: 'review',
    group: 'Running the service',
    summary: 'decide about submissions that are held for manual review',
    load: async () => (await import('./commands/review.ts')).reviewCommand(),
  },
  {
    name: 'account',
    group: 'Running the service',
    summary: 'administer the accounts of an installation, on its data folder or database',
    load: async () => (await import('./commands/account.ts')).accountCommand(),
  },
  {
    name: 'application',
    group: 'Running the service',
    summary: 'administer the applications of an installation, on its data folder or database',
    load: async () => (await import('./commands/application.ts')).applicationCommand(),
  },
  {
    name: 'certificate',
    group: 'Running the service',
    summary: 'administer the certificates whose signatures on packages are accepted for an account',
    load: async () => (await import('./commands/certificate.ts')).certificateCommand(),
  },
  {
    name: 'audit',
    group: 'Running the service',
    summary: 'export and verify the log of changes',
    load: async () => (await import('./commands/audit.ts')).auditCommand(),
  },
  {
    name: 'doctor',
    group: 'This command',
    summary: 'check Node, data folder, credentials, service, clock, certificates and malware scanner',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  },
  {
    name: 'auth',
    group: 'This command',
    summary: 'say who we are to the service, or print a token',
    load: async () => (await import('./commands/auth.ts')).authCommand(),
  },
  {
    name: 'config',
    group: 'This command',
    summary: 'keep profiles: where a service is and who we are to it',
    load: async () => (await import('./commands/config.ts')).configCommand(),
  },
  {
    name: 'env',
    group: 'This command',
    summary: 'list the environment variables that count, and which are set',
    load: async () => (await import('./commands/env.ts')).envCommand(),
  },
  {
    name: 'completion',
    group: 'This command',
    summary: 'print the script with which a shell completes commands',
    load: async () => (await import('./commands/completion.ts')).completionCommand(),
  },
];
