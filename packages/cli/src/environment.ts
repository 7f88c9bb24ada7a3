// Every environment variable that the sources read, with what it does: for `assay env` and for the reference of configuration,
// whose generator holds this table against the sources.

export interface EnvironmentVariable {
  readonly meaning: string;
  /** Whether its value is never shown. */
  readonly secret?: true;
}

export const ENVIRONMENT_VARIABLES: Readonly<Record<string, EnvironmentVariable>> = {
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: {
    meaning: "Set by GitHub Actions: the job's own token for the OpenID provider.",
    secret: true,
  },
  ACTIONS_ID_TOKEN_REQUEST_URL: {
    meaning:
      'Set by GitHub Actions for jobs with `id-token: write`: where a token of the job is had, used when AZURE_TENANT_ID and AZURE_CLIENT_ID are set without a secret.',
  },
  APPDATA: { meaning: 'Windows: the folder in which the profiles are, in `assay\\config.json`.' },
  ASSAY_ACCESS_TOKEN: {
    meaning:
      'Commands that talk to a service: an access token that is there already, in place of a client and its secret.',
    secret: true,
  },
  ASSAY_CONFIG: { meaning: 'Every command: the file in which the profiles are.' },
  ASSAY_DEBUG: { meaning: 'Commands that talk to a service: with any value but 0, as `--debug`.' },
  ASSAY_KEY_PASSPHRASE: {
    meaning: '`assay serve`: the passphrase of the key files. When it is not set, one is made and kept beside them.',
    secret: true,
  },
  ASSAY_KEY_PASSWORD: {
    meaning: 'Commands that sign: the password of the key file, where `--password-file` is not given.',
    secret: true,
  },
  ASSAY_PROFILE: {
    meaning:
      'Commands that talk to a service: the profile, where `--profile` is not given and the environment has no credentials.',
  },
  ASSAY_REHEARSAL_KEY: {
    meaning: 'Set by `assay rehearse` for the command that it runs: the key to the endpoints under `/_rehearsal`.',
    secret: true,
  },
  ASSAY_REHEARSAL_URL: {
    meaning: 'Set by `assay rehearse` for the command that it runs: the server, for its endpoints under `/_rehearsal`.',
  },
  ASSAY_TOKEN_PIN: {
    meaning: 'Commands that sign: the PIN of the PKCS#11 token, where `--pin-file` is not given.',
    secret: true,
  },
  ASSAY_TRACE: { meaning: 'Every command: with any value, errors are printed with their stack.' },
  ASSAY_URL: { meaning: 'Commands that talk to a service: its root.' },
  AZURE_AUTHORITY_HOST: { meaning: 'Commands that talk to a service: the authority that issues tokens.' },
  AZURE_CLIENT_CERTIFICATE_PASSWORD: {
    meaning: 'Commands that talk to a service: the password of the certificate file.',
    secret: true,
  },
  AZURE_CLIENT_CERTIFICATE_PATH: {
    meaning:
      "Commands that talk to a service: certificate and key of the application, PEM or PKCS#12. Keys in Key Vault: the same, a file that the process with the key may read; Azure's libraries read other `AZURE_` variables as well.",
  },
  AZURE_CLIENT_ID: { meaning: 'Commands that talk to a service: the application.' },
  AZURE_CLIENT_SECRET: { meaning: 'Commands that talk to a service: its secret.', secret: true },
  AZURE_FEDERATED_TOKEN_FILE: {
    meaning:
      'Commands that talk to a service: the token of a workload identity. Keys in Key Vault: the same, a file that the process with the key may read.',
  },
  AZURE_TENANT_ID: { meaning: 'Commands that talk to a service: the tenant of its account.' },
  CI: { meaning: 'Set by CI systems: long work is told of in plain lines.' },
  GITHUB_ACTIONS: { meaning: 'Set by GitHub Actions: results go to the summary and the outputs of the step, too.' },
  GITHUB_OUTPUT: { meaning: 'Set by GitHub Actions: the file that takes the outputs of the step.' },
  GITHUB_STEP_SUMMARY: { meaning: 'Set by GitHub Actions: the file that takes the summary of the step.' },
  HOME: { meaning: "Elsewhere than on Windows: the user's folder, with the profiles in its folder of settings." },
  NO_COLOR: { meaning: 'Every command: with any value, nothing is coloured; as `--no-color`.' },
  SDCM_CREDS_CLIENTID: {
    meaning: 'Commands that talk to a service: as AZURE_CLIENT_ID, for those who come from SDCM.',
  },
  SDCM_CREDS_KEY: { meaning: 'Commands that talk to a service: as AZURE_CLIENT_SECRET.', secret: true },
  SDCM_CREDS_TENANTID: { meaning: 'Commands that talk to a service: as AZURE_TENANT_ID.' },
  SDCM_CREDS_URL: { meaning: 'Commands that talk to a service: as ASSAY_URL, which counts first.' },
  SDCM_CREDS_URLPREFIX: {
    meaning: 'Commands that talk to a service: the path of the API below SDCM_CREDS_URL; `v2.0/my` is the only one.',
  },
  SOURCE_DATE_EPOCH: {
    meaning:
      '`assay pack`: the time of the files in the cabinet in seconds since 1970, so that the same input gives the same bytes.',
  },
  TERM: { meaning: 'Set by terminals: where it is `dumb`, there are no progress bars.' },
  XDG_CONFIG_HOME: {
    meaning: 'Elsewhere than on Windows: the folder in which the profiles are, in `assay/config.json`.',
  },
};
