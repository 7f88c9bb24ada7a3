// What the real service is known to say when a submission fails, by names that a fault can give. Its own words are quoted where
// they were reported (mostly in issues on Microsoft's driver documentation); where only the cause is known the words are ours.

export interface KnownMessage {
  /** What is put into the messages of the workflow status. */
  readonly message: string;
  /** The step at which it is seen. */
  readonly step: string;
  /** `service`: its own words; `ours`: only the cause is known. */
  readonly words: 'service' | 'ours';
  /** What brings it about. */
  readonly cause: string;
}

/** The messages by name. */
export const KNOWN_MESSAGES = {
  SignatureValidationFailed: {
    message: 'SignatureValidationFailed',
    step: 'packageInfoValidation',
    words: 'service',
    cause: 'The package is not signed by a certificate that is registered to the account. Nothing more is said.',
  },
  PackageInfoXml: {
    message: 'Unable to extract and upload PackageInfo.xml',
    step: 'packageInfoValidation',
    words: 'service',
    cause: 'The service could not read the description inside an HLK package.',
  },
  CaRootNotApproved: {
    message: 'CA root cert is not in the approved list',
    step: 'packageInfoValidation',
    words: 'service',
    cause: 'The certificate that signed the package was issued by an authority that is not accepted.',
  },
  FilesAtRoot: {
    message: 'There are files at the root of the cabinet.',
    step: 'packageInfoValidation',
    words: 'service',
    cause: 'A file of the cabinet lies in no folder.',
  },
  NoInfFiles: {
    message: 'No .inf files found in driver directory/directories: driver.',
    step: 'packageInfoValidation',
    words: 'service',
    cause: 'A folder of the cabinet holds no INF.',
  },
  Zip64: {
    message: 'File is using Zip64(4gb+file Size)',
    step: 'packageInfoValidation',
    words: 'service',
    cause: 'An HLK package is a ZIP64 archive.',
  },
  ArchitectureMismatch: {
    message:
      'The INF files of the folder driver do not support the architecture of a requested signature: WINDOWS_v100_ARM64_GE_FULL.',
    step: 'validation',
    words: 'ours',
    cause: 'A signature was requested for an architecture that an INF has no section for.',
  },
  MalwareFound: {
    message: 'The malware scan found something in the package.',
    step: 'scanning',
    words: 'ours',
    cause: 'The scanner takes a file for malware.',
  },
} as const satisfies Readonly<Record<string, KnownMessage>>;

const BY_NAME: ReadonlyMap<string, KnownMessage> = new Map(
  Object.entries(KNOWN_MESSAGES).map(([name, known]) => [name.toLowerCase(), known]),
);

/**
 * What a step that is to fail says: the known message of that name (in any case), the text itself, or without one the first
 * message that is known of the step.
 */
export function failureMessage(step: string, nameOrText?: string): string {
  if (nameOrText !== undefined) return BY_NAME.get(nameOrText.toLowerCase())?.message ?? nameOrText;
  const known = [...BY_NAME.values()].find((candidate) => candidate.step === step);
  return known?.message ?? `The step ${step} failed, because this rehearsal was asked to let it fail.`;
}
