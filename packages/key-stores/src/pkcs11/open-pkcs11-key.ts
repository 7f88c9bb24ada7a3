// A private key on a PKCS#11 token as a signing key: found once, used by one call at a time, found again when the token was away.
import { type DigestAlgorithm, type KeyType, SigningError } from '@assay/authenticode';
import { type CertificateChain, readCertificateFile } from '../certificate-selection.ts';
import { ecdsaSignatureToDer } from '../ecdsa-signature.ts';
import type { OpenedKey, Pkcs11Location } from '../key-location.ts';
import { checkOwnSignature, curveBytes, digestInfo, ecdsaInput } from '../signature-input.ts';
import { TaskQueue } from '../task-queue.ts';
import { chooseToken } from './choose-token.ts';
import { MECHANISM, RETURN_VALUE } from './constants.ts';
import { findCertificate } from './find-certificate.ts';
import { findKey, type TokenKey } from './find-key.ts';
import { acquireModule, type Pkcs11Module } from './module.ts';
import { TokenSession } from './session.ts';
import { isPinRefusal, TokenError } from './token-error.ts';

interface MechanismChoice {
  /** Signs a digest that was made here. */
  readonly plain: number;
  /** Signs a message that the token hashes: for tokens that do nothing else. */
  readonly hashing: Readonly<Record<DigestAlgorithm, number>>;
}

const MECHANISMS: Readonly<Record<KeyType, MechanismChoice>> = {
  rsa: {
    plain: MECHANISM.rsaPkcs,
    hashing: {
      sha1: MECHANISM.sha1RsaPkcs,
      sha256: MECHANISM.sha256RsaPkcs,
      sha384: MECHANISM.sha384RsaPkcs,
      sha512: MECHANISM.sha512RsaPkcs,
    },
  },
  ec: {
    plain: MECHANISM.ecdsa,
    hashing: {
      sha1: MECHANISM.ecdsaSha1,
      sha256: MECHANISM.ecdsaSha256,
      sha384: MECHANISM.ecdsaSha384,
      sha512: MECHANISM.ecdsaSha512,
    },
  },
};

interface Connection {
  readonly session: TokenSession;
  readonly key: TokenKey;
}

class Pkcs11Key {
  readonly #module: Pkcs11Module;
  readonly #location: Pkcs11Location;
  readonly #queue = new TaskQueue();
  readonly #chain: CertificateChain;
  #connection: Connection | undefined;
  /** Why the PIN is not tried again. */
  #pinRefusal: SigningError | undefined;
  #closed = false;

  constructor(module: Pkcs11Module, location: Pkcs11Location, chain: CertificateChain, connection: Connection) {
    this.#module = module;
    this.#location = {
      ...location,
      // What was found is what is meant from now on, should another token or key that fits appear.
      tokenSerial: connection.session.token.serial,
      ...(connection.key.label === '' ? {} : { keyLabel: connection.key.label }),
      ...(connection.key.id === '' ? {} : { keyId: connection.key.id }),
    };
    this.#chain = chain;
    this.#connection = connection;
  }

  sign(message: Uint8Array, algorithm: DigestAlgorithm): Promise<Uint8Array> {
    return this.#queue.run(async () => {
      if (this.#closed) throw new SigningError('key-closed', 'the key was closed: open it again');
      try {
        return await this.#signOnce(message, algorithm);
      } catch (error) {
        await this.#disconnect();
        if (!(error instanceof TokenError) || !error.sessionIsLost) throw error;
        return await this.#signAfterLoss(message, algorithm, error);
      }
    });
  }

  async #signAfterLoss(message: Uint8Array, algorithm: DigestAlgorithm, loss: TokenError): Promise<Uint8Array> {
    if (loss.returnValue === RETURN_VALUE.CKR_CRYPTOKI_NOT_INITIALIZED) await this.#module.revive();
    try {
      return await this.#signOnce(message, algorithm);
    } catch (error) {
      await this.#disconnect();
      throw error;
    }
  }

  async #connect(): Promise<Connection> {
    if (this.#connection !== undefined) return this.#connection;
    if (this.#pinRefusal !== undefined) throw this.#pinRefusal;
    const token = await chooseToken(this.#module, this.#location);
    const session = await TokenSession.open(this.#module, token, this.#location.pin);
    try {
      this.#connection = { session, key: await findKey(session, this.#location, [this.#chain.certificate]) };
      return this.#connection;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async #disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.session.close();
  }

  async #signOnce(message: Uint8Array, algorithm: DigestAlgorithm): Promise<Uint8Array> {
    try {
      const connection = await this.#connect();
      const signature = await this.#signWithSomeMechanism(connection, message, algorithm);
      checkOwnSignature(this.#chain.certificate, algorithm, message, signature);
      return signature;
    } catch (error) {
      // A second wrong PIN for each signature that is asked for would lock the token.
      if (isPinRefusal(error)) this.#pinRefusal = error;
      throw error;
    }
  }

  async #signWithSomeMechanism(
    { session, key }: Connection,
    message: Uint8Array,
    algorithm: DigestAlgorithm,
  ): Promise<Uint8Array> {
    const { plain, hashing } = MECHANISMS[key.type];
    const { certificate } = this.#chain;
    const digest = () =>
      key.type === 'rsa' ? digestInfo(algorithm, message) : ecdsaInput(certificate, algorithm, message);
    const ways = [
      { mechanism: plain, data: digest },
      { mechanism: hashing[algorithm], data: () => message },
    ];
    const authenticate = key.alwaysAuthenticate ? { pin: this.#location.pin } : undefined;
    let refusal: TokenError | undefined;
    for (const { mechanism, data } of ways) {
      if (!(await session.canSignWith(mechanism))) continue;
      try {
        const signature = await session.sign({ key: key.handle, mechanism, data: data(), authenticate });
        return key.type === 'rsa' ? signature : this.#ecdsaDer(signature);
      } catch (error) {
        if (!(error instanceof TokenError) || !error.mechanismIsRefused) throw error;
        refusal = error;
      }
    }
    const name = `the key '${key.label}' of token '${session.token.label}'`;
    const explanation = `${name} cannot sign with ${key.type.toUpperCase()} and ${algorithm}: take another digest algorithm or key`;
    throw new SigningError('unsupported-key', explanation, { cause: refusal });
  }

  #ecdsaDer(signature: Uint8Array): Uint8Array {
    const expected = 2 * curveBytes(this.#chain.certificate);
    const der = signature.length === expected ? ecdsaSignatureToDer(signature) : undefined;
    if (der !== undefined) return der;
    const message = `the token gave an ECDSA signature of ${signature.length} bytes instead of ${expected}`;
    throw new SigningError('token-refused', `${message}; the certificate may not be that of the key`);
  }

  close(): Promise<void> {
    return this.#queue.run(async () => {
      if (this.#closed) return;
      this.#closed = true;
      await this.#disconnect();
      await this.#module.release();
    });
  }
}

/**
 * Opens a key on a PKCS#11 token. Throws SigningError `module-not-loaded`, `token-not-found`, `ambiguous-token`, `pin-needed`,
 * `wrong-pin`, `pin-locked`, `key-not-found`, `ambiguous-key`, `certificate-not-found`, `key-mismatch`, `unsupported-key`,
 * `token-refused`.
 */
export async function openPkcs11Key(location: Pkcs11Location): Promise<OpenedKey> {
  const given = location.certificateFile === undefined ? [] : await readCertificateFile(location.certificateFile);
  const module = await acquireModule(location.module);
  let session: TokenSession | undefined;
  try {
    session = await TokenSession.open(module, await chooseToken(module, location), location.pin);
    const key = await findKey(session, location, given);
    const chain = await findCertificate(session, key, given);
    if (chain.certificate.publicKey.asymmetricKeyType !== key.type) {
      throw new SigningError(
        'key-mismatch',
        `the certificate '${chain.certificate.subject}' is of another kind of key`,
      );
    }
    if (key.type === 'ec') curveBytes(chain.certificate);
    const opened = new Pkcs11Key(module, location, chain, { session, key });
    return {
      ...chain,
      description: `PKCS#11 token '${session.token.label}', key '${key.label || key.id}'`,
      sign: (message, algorithm) => opened.sign(message, algorithm),
      close: () => opened.close(),
    };
  } catch (error) {
    await session?.close();
    await module.release();
    throw error;
  }
}
