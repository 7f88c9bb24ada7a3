// TimeStampReq (RFC 3161 §2.4.1): what a client asks of a time-stamping authority.
import { contextConstructed, decodeDer, readBigInteger, readBoolean, readOid, TAG, write } from '../der/index.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { encodeMessageImprint, type MessageImprint, readMessageImprint } from './message-imprint.ts';

export interface TimestampRequest {
  readonly imprint: MessageImprint;
  /** Object identifier of the policy under which the stamp is wanted; undefined when any will do. */
  readonly policy: string | undefined;
  readonly nonce: bigint | undefined;
  /** Whether the authority's certificate is wanted in the token. */
  readonly certificateRequested: boolean;
  /** Object identifiers of the extensions. */
  readonly extensions: readonly string[];
}

/** Longest nonce that is read, in bytes. */
const MAXIMUM_NONCE_BYTES = 64;

/** Reads the DER of a TimeStampReq. Throws ParseError, `unsupported-version` for other versions than 1. */
export function parseTimestampRequest(der: Uint8Array): TimestampRequest {
  const root = decodeDer(der, { maximumDepth: 16, maximumElements: 1000 });
  const parts = root.parts(TAG.sequence, 'the time-stamp request');
  const version = parts.next('version');
  if (readBigInteger(version, 'the version of the request') !== 1n) {
    const message = 'only version 1 of time-stamp requests is supported';
    throw new ParseError('timestamp', 'unsupported-version', message, version.offset);
  }
  const imprint = readMessageImprint(parts.next('message imprint'));
  const policy = parts.optional(TAG.oid);
  const nonce = parts.optional(TAG.integer);
  if (nonce !== undefined && nonce.value.length > MAXIMUM_NONCE_BYTES) {
    throw new ParseError('timestamp', 'nonce-too-long', 'the nonce is too long', nonce.offset);
  }
  const certificateRequested = parts.optional(TAG.boolean);
  const extensions = parts.optional(contextConstructed(0))?.children() ?? [];
  parts.end();
  return {
    imprint,
    policy: policy && readOid(policy, 'the policy'),
    nonce: nonce && readBigInteger(nonce, 'the nonce'),
    certificateRequested: certificateRequested !== undefined && readBoolean(certificateRequested, 'certReq'),
    extensions: extensions.map((extension) =>
      readOid(extension.parts(TAG.sequence, 'an extension').next('type'), 'the type of an extension'),
    ),
  };
}

/** DER of a TimeStampReq of version 1 without extensions. */
export function encodeTimestampRequest(request: {
  readonly algorithm: DigestAlgorithm;
  readonly digest: Uint8Array;
  readonly policy?: string | undefined;
  readonly nonce?: bigint | undefined;
  /** False when absent. */
  readonly certificateRequested?: boolean;
}): Uint8Array {
  const { algorithm, digest, policy, nonce, certificateRequested = false } = request;
  return write.sequence([
    write.integer(1),
    encodeMessageImprint(algorithm, digest),
    ...(policy === undefined ? [] : [write.oid(policy)]),
    ...(nonce === undefined ? [] : [write.integer(nonce)]),
    ...(certificateRequested ? [write.boolean(true)] : []),
  ]);
}
