// Signs a file of any of the signable formats.
import type { ByteSource } from './byte-source.ts';
import type { DigestAlgorithm } from './digest-algorithms.ts';
import { SigningError } from './errors.ts';
import { identifySource, SIGNABLE_FILES } from './identify.ts';
import type { Rewrite } from './rewrite.ts';
import type { SignableFile, SignatureRequest, SigningMode } from './signable-file.ts';
import { signingKeyType } from './signature-algorithms.ts';

export interface SigningRequest extends Omit<SignatureRequest, 'digestAlgorithm' | 'sequenceNumber'> {
  /** SHA-256 when absent. */
  readonly digestAlgorithm?: DigestAlgorithm;
  /** `replace` when absent. */
  readonly mode?: SigningMode;
  /** Whether to list the digest of each page of an image as well; false when absent. */
  readonly pageHashes?: boolean;
}

/** The format of `source`. Throws SigningError `unknown-format` when it cannot carry a signature. */
export async function requireSignableFile(source: ByteSource): Promise<SignableFile> {
  const file = await identifySource(source);
  if (file !== undefined) return file;
  const titles = new Intl.ListFormat('en', { type: 'disjunction' }).format(SIGNABLE_FILES.map(({ title }) => title));
  throw new SigningError('unknown-format', `this file cannot be signed: it is not ${titles}`);
}

/** Throws SigningError (`unsupported-key`, `unsupported-digest`, `cannot-append`, `no-page-hashes`) for what a format cannot do. */
export function checkAbilities(file: SignableFile, request: SigningRequest): void {
  const { abilities, title } = file;
  const refuse = (code: string, message: string): never => {
    throw new SigningError(code, message);
  };
  const keyType = signingKeyType(request.key.certificate.publicKey);
  if (!abilities.keyTypes.includes(keyType)) {
    refuse('unsupported-key', `${title} cannot be signed with ${keyType.toUpperCase()} keys, only with RSA keys`);
  }
  const algorithm = request.digestAlgorithm ?? 'sha256';
  if (!abilities.digestAlgorithms.includes(algorithm)) {
    const others = abilities.digestAlgorithms.join(', ');
    refuse('unsupported-digest', `${title} cannot be signed with ${algorithm}; take one of ${others}`);
  }
  if (request.mode === 'append' && !abilities.append) {
    refuse('cannot-append', `${title} can carry only one signature; sign it anew without adding`);
  }
  if (request.pageHashes === true && !abilities.pageHashes) {
    refuse('no-page-hashes', `${title} has no pages whose digests could be listed; only PE images have`);
  }
}

/**
 * The file with a signature by `key`, as pieces of the original: as its only one, or with `mode: 'append'` besides those
 * that it carries. Throws SigningError (`unknown-format`, `bad-signature`, and those of `checkAbilities`), and ParseError when
 * it is malformed.
 */
export async function signFile(source: ByteSource, request: SigningRequest): Promise<Rewrite> {
  const file = await requireSignableFile(source);
  checkAbilities(file, request);
  const { mode = 'replace', pageHashes = false, digestAlgorithm = 'sha256', ...rest } = request;
  const content = await file.content(source, digestAlgorithm, { pageHashes });
  const sequenceNumber = mode === 'append' ? await countSignatures(file, source) : 0;
  const signature = await file.sign(content, {
    ...rest,
    digestAlgorithm,
    ...(sequenceNumber === 0 ? {} : { sequenceNumber }),
  });
  // A module or a service that answers with something else than a signature is found out before anything is written.
  const fault = file.openSignature(signature).checkGenuine();
  if (fault !== undefined) {
    throw new SigningError('bad-signature', `what the key gave is not a signature by its certificate: ${fault}`);
  }
  return file.embedSignature(source, signature, mode);
}

/** How many signatures the file carries in its primary signature: that one and those nested in it. */
export async function countSignatures(file: SignableFile, source: ByteSource): Promise<number> {
  const [primary] = await file.readSignatures(source);
  return primary === undefined ? 0 : 1 + file.openSignature(primary).nested.length;
}
