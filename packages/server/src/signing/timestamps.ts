// Where time stamps come from: the authority that is built in, whose key is in the signer, and others that are asked over HTTP.
import {
  ASSAY_TIMESTAMP_POLICY,
  createTimestampAuthority,
  createTimestamper,
  httpTimestampTransport,
  type SigningKey,
  type TimestampAuthority,
  type Timestamper,
  type TimestampTransport,
} from '@assay/authenticode';
import type { Clock } from '../clock.ts';
import type { SigningProfile } from './profiles.ts';

export interface Timestamps {
  /** The built-in authority (RFC 3161). Its serial numbers are random, so several services may share its key. */
  readonly authority: TimestampAuthority;
  /** What stamps the signatures of a profile; undefined when they get no stamps. */
  timestamperFor(profile: Pick<SigningProfile, 'timestampUrls' | 'digestAlgorithm'>): Timestamper | undefined;
}

const BUILT_IN = 'built-in';

/**
 * Time stamps by the key with a certificate for time stamping, and by other authorities through `transport`. Throws
 * SigningError `wrong-usage` when the certificate is for anything else.
 */
export function createTimestamps(
  key: SigningKey,
  clock: Clock,
  transport: TimestampTransport = httpTimestampTransport(),
): Timestamps {
  const authority = createTimestampAuthority({ key, policy: ASSAY_TIMESTAMP_POLICY, now: clock });
  const send: TimestampTransport = (url, request, signal) =>
    url === BUILT_IN ? authority.respond(request) : transport(url, request, signal);
  return {
    authority,
    timestamperFor({ timestampUrls, digestAlgorithm }) {
      if (timestampUrls === 'none') return undefined;
      const urls = timestampUrls === BUILT_IN ? [BUILT_IN] : timestampUrls;
      return createTimestamper({ urls, send, digestAlgorithm });
    },
  };
}
