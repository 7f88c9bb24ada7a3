// What Key Vault, the way to it, or the login refuses: as an error of signing that says what to do.
import { SigningError } from '@assay/authenticode';

/** Longest part of somebody else's message that is repeated. */
const MAXIMUM_DETAIL = 300;

function field(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}

/** The code and the first line of somebody else's error. */
function detailOf(error: unknown): string {
  const code = field(error, 'code');
  const message = field(error, 'message');
  const line = typeof message === 'string' ? (message.split(/\r?\n/, 1)[0] ?? '').slice(0, MAXIMUM_DETAIL) : '';
  return [typeof code === 'string' ? code : '', line].filter((part) => part !== '').join(': ') || 'no reason given';
}

/** Names of the errors of @azure/identity. */
const LOGIN_ERRORS =
  /^(CredentialUnavailableError|AuthenticationError|AggregateAuthenticationError|AuthenticationRequiredError)$/;

/** What `error` means for `what`. `missing` is the code for something that the vault does not have. */
export function vaultRefusal(error: unknown, what: string, missing = 'key-not-found'): SigningError {
  if (error instanceof SigningError) return error;
  const name = field(error, 'name');
  const status = field(error, 'statusCode');
  const detail = detailOf(error);
  const refuse = (code: string, message: string) => new SigningError(code, message, { cause: error });
  if (typeof name === 'string' && LOGIN_ERRORS.test(name)) {
    return refuse(
      'key-vault-refused',
      `nobody is logged in to Azure who could use ${what} (${detail}): set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, use a managed identity, or log in with the Azure CLI`,
    );
  }
  if (status === 404) return refuse(missing, `the vault does not have ${what} (${detail}): check name and version`);
  if (status === 401) return refuse('key-vault-refused', `the vault does not accept the login for ${what} (${detail})`);
  if (status === 403) {
    const roles = "'Key Vault Crypto User' to sign and 'Key Vault Certificate User' to read the certificate";
    return refuse(
      'key-vault-refused',
      `the vault does not allow ${what} to be used (${detail}): give the roles ${roles}`,
    );
  }
  if (status === 429)
    return refuse('key-vault-refused', `the vault gets too many requests (${detail}): try again later`);
  if (typeof status === 'number') {
    return refuse('key-vault-refused', `the vault answered ${status} about ${what} (${detail})`);
  }
  const reason = error instanceof TypeError && error.cause !== undefined ? detailOf(error.cause) : detail;
  return refuse(
    'key-vault-unreachable',
    `the vault with ${what} cannot be reached (${reason}): check address and network`,
  );
}
