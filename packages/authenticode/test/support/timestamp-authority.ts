// A time-stamping authority for tests: its certificate under a root of its own, and both kinds of stamps.

import { digestOf } from '../../src/bytes.ts';
import { write } from '../../src/der/index.ts';
import {
  type Certificate,
  type CmsSigningRequest,
  createCertificate,
  createCmsSignedData,
  createLocalKey,
  createTimestampAuthority,
  createTimestamper,
  type DigestAlgorithm,
  OID,
  type SigningKey,
  TIMESTAMP_AUTHORITY_USAGE,
  type TimestampAuthority,
  type TimestampAuthorityOptions,
  type Timestamper,
} from '../../src/index.ts';
import { encodeMessageImprint } from '../../src/timestamp/message-imprint.ts';
import { encodeTokenInfo } from '../../src/timestamp/token-info.ts';
import { makeKeyPair, VALID_NOW } from './authority.ts';

export const TEST_POLICY = '1.3.6.1.4.1.99999.1';

export interface TestTimestampAuthority {
  readonly root: Certificate;
  readonly rootKeys: ReturnType<typeof makeKeyPair>;
  readonly certificate: Certificate;
  readonly certificateKeys: ReturnType<typeof makeKeyPair>;
  readonly key: SigningKey;
  readonly authority: TimestampAuthority;
  /** Stamps without any network. */
  readonly timestamper: Timestamper;
}

interface TestTimestampAuthorityOptions extends Partial<Omit<TimestampAuthorityOptions, 'key' | 'policy'>> {
  readonly type?: 'rsa' | 'ec';
  readonly validity?: { readonly notBefore: Date; readonly notAfter: Date };
}

export function makeTimestampAuthority(options: TestTimestampAuthorityOptions = {}): TestTimestampAuthority {
  const { type = 'rsa', validity = VALID_NOW, ...rest } = options;
  const rootKeys = makeKeyPair(type);
  const certificateKeys = makeKeyPair(type);
  const root = createCertificate({
    subject: { commonName: 'Test Stamp Root', organization: 'Assay tests' },
    publicKey: rootKeys.publicKey,
    privateKey: rootKeys.privateKey,
    certificateAuthority: true,
    ...validity,
  });
  const certificate = createCertificate({
    subject: { commonName: 'Test Stamper', organization: 'Assay tests' },
    issuer: { certificate: root, privateKey: rootKeys.privateKey },
    publicKey: certificateKeys.publicKey,
    ...TIMESTAMP_AUTHORITY_USAGE,
    ...validity,
  });
  const key = createLocalKey({ privateKey: certificateKeys.privateKey, certificate, chain: [root] });
  const authority = createTimestampAuthority({ key, policy: TEST_POLICY, ...rest });
  const timestamper = createTimestamper({
    urls: ['test:authority'],
    send: (_url, request) => authority.respond(request),
  });
  return { root, rootKeys, certificate, certificateKeys, key, authority, timestamper };
}

/**
 * A legacy stamp over `message` as an old authority answers it: a SignedData over the message, from which the client takes
 * the SignerInfo and the certificates.
 */
export function makeLegacyResponse(key: SigningKey, message: Uint8Array, time: Date): Promise<Uint8Array> {
  return createCmsSignedData({
    contentType: OID.data,
    content: message,
    key,
    digestAlgorithm: 'sha256',
    attributes: [{ type: OID.signingTime, value: write.utcTime(time) }],
  });
}

/** A token that the authority here would not make: any certificate, digest, time and attributes. */
export function makeToken(
  request: {
    readonly key: SigningKey;
    readonly message: Uint8Array;
    readonly time?: Date;
    readonly nonce?: bigint;
    readonly imprintAlgorithm?: DigestAlgorithm;
  } & Partial<CmsSigningRequest>,
): Promise<Uint8Array> {
  const { key, message, time = new Date(), nonce, imprintAlgorithm = 'sha256', ...rest } = request;
  const content = encodeTokenInfo({
    policy: TEST_POLICY,
    imprint: encodeMessageImprint(imprintAlgorithm, digestOf(imprintAlgorithm, message)),
    serialNumber: 1n,
    time,
    fractions: false,
    nonce,
    authorityName: key.certificate.subjectBytes,
  });
  return createCmsSignedData({ contentType: OID.timeStampInfo, content, digestAlgorithm: 'sha256', ...rest, key });
}
