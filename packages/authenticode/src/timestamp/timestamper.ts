// The client of RFC 3161: asks authorities in order until one gives a token that is what was asked for.
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { digestOf } from '../bytes.ts';
import { DIGEST_ALGORITHMS, type DigestAlgorithm } from '../digest-algorithms.ts';
import { ParseError, SigningError } from '../errors.ts';
import type { Timestamper } from '../signable-file.ts';
import { encodeTimestampRequest } from './request.ts';
import { describeRefusal, parseTimestampResponse, type TimestampResponse } from './response.ts';
import { checkTokenSignature, findTokenSigner, parseTimestampToken } from './token.ts';
import { type TimestampTransport, TimestampTransportError } from './transport.ts';
import { refuseAuthority } from './verification.ts';
import { checkImprint } from './verify-token.ts';

/** One request to one authority, after its end. */
export interface TimestampAttempt {
  /** The address, without user name and password. */
  readonly url: string;
  /** 1 for the first attempt with this address. */
  readonly attempt: number;
  /** Why there is no token; undefined when there is one. */
  readonly failure: string | undefined;
  readonly durationMs: number;
}

export interface TimestamperOptions {
  /** Addresses of authorities, the preferred one first; the others are asked when it fails. */
  readonly urls: readonly string[];
  readonly send: TimestampTransport;
  /** Digest of the imprint, and the weakest that the token may be signed with; SHA-256 when absent. */
  readonly digestAlgorithm?: DigestAlgorithm;
  /** Attempts with one address before the next is asked; 2 when absent. */
  readonly attemptsPerUrl?: number;
  /** How long one attempt may take, in milliseconds; 20 000 when absent. */
  readonly timeoutMs?: number;
  /** Object identifier of the policy to ask for; any when absent. */
  readonly policy?: string;
  /** Wait before the second attempt, in milliseconds, doubled with each further one; 1000 when absent. */
  readonly retryDelayMs?: number;
  /** Is told of each attempt. */
  readonly onAttempt?: (attempt: TimestampAttempt) => void;
  /** Gives random bytes for nonces; those of node:crypto when absent. */
  readonly random?: (size: number) => Uint8Array;
}

/** Why an attempt gave no token. */
interface Failure {
  readonly reason: string;
  /** Whether the same request may succeed a little later. */
  readonly transient: boolean;
}

const NONCE_BYTES = 8;

function isFailure(result: Uint8Array | Failure): result is Failure {
  return 'reason' in result;
}

/** Runs `action` with a signal that ends it; rejects when the time is over, even if the action ignores the signal. */
async function within<Value>(timeoutMs: number, action: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const abort = new AbortController();
  const { promise: timeIsOver, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new Error(`no answer within ${timeoutMs} ms`);
    reject(error);
    abort.abort(error);
  }, timeoutMs);
  try {
    return await Promise.race([action(abort.signal), timeIsOver]);
  } finally {
    clearTimeout(timer);
  }
}

/** The reason in an error of the network; fetch hides it in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? `${error.message}: ${cause.message}` : error.message;
}

/** The address as it may be shown. */
function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.username === '' && parsed.password === '')) return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}

function isTransient({ status, failures }: TimestampResponse): boolean {
  return status === 'waiting' || failures.includes('timeNotAvailable') || failures.includes('systemFailure');
}

/** Undefined when the token is what was asked for (RFC 3161 §2.2), otherwise what is wrong. */
function checkToken(
  der: Uint8Array,
  asked: {
    readonly message: Uint8Array;
    readonly nonce: bigint;
    readonly algorithm: DigestAlgorithm;
    readonly policy?: string;
  },
): string | undefined {
  const token = parseTimestampToken(der);
  const { info, signerInfo } = token;
  const wrongImprint = checkImprint(token, asked.message);
  if (wrongImprint !== undefined) return wrongImprint;
  if (info.imprint.algorithm !== asked.algorithm)
    return `its imprint is ${info.imprint.algorithm}, not ${asked.algorithm}`;
  if (info.nonce !== asked.nonce) return 'its answer is to another request: the nonce is not the one that was sent';
  if (asked.policy !== undefined && info.policy !== asked.policy) {
    return `it stamped under policy ${info.policy}, not ${asked.policy}`;
  }
  if (DIGEST_ALGORITHMS[signerInfo.digestAlgorithm].size < DIGEST_ALGORITHMS[asked.algorithm].size) {
    return `it signs with ${signerInfo.digestAlgorithm}, which is weaker than ${asked.algorithm}`;
  }
  const signer = findTokenSigner(token);
  if (signer === undefined) return 'its token lacks the certificate that was asked for';
  const forged = checkTokenSignature(token, signer);
  if (forged !== undefined) return `its token is not genuine: ${forged}`;
  const refused = refuseAuthority(signer, true);
  if (refused !== undefined) return refused;
  if (info.time < signer.notBefore || info.time > signer.notAfter) {
    return `its certificate is not valid at the time that it stamped, ${info.time.toISOString()}`;
  }
  return undefined;
}

/**
 * A Timestamper that asks the authorities in order. Each token is checked before it is given out: imprint, nonce, policy,
 * its own signature, digests no weaker than asked for, and a certificate for time stamping (whether that is trusted is for
 * verification to say). Failures of the network, HTTP status 408, 429 and 5xx, and answers that say so are tried again.
 * Throws SigningError `no-timestamp-url`; the Timestamper rejects with SigningError `timestamp-failed`, which names each
 * address and why.
 */
export function createTimestamper(options: TimestamperOptions): Timestamper {
  const { urls, send, digestAlgorithm = 'sha256', attemptsPerUrl = 2, timeoutMs = 20_000, policy } = options;
  const { retryDelayMs = 1000, onAttempt, random = randomBytes } = options;
  if (urls.length === 0) {
    throw new SigningError('no-timestamp-url', 'time stamps need the address of at least one time-stamping authority');
  }

  async function ask(url: string, message: Uint8Array): Promise<Uint8Array | Failure> {
    const nonce = BigInt(`0x${Buffer.from(random(NONCE_BYTES)).toString('hex')}`);
    const digest = digestOf(digestAlgorithm, message);
    const request = encodeTimestampRequest({
      algorithm: digestAlgorithm,
      digest,
      policy,
      nonce,
      certificateRequested: true,
    });
    let answer: Uint8Array;
    try {
      answer = await within(timeoutMs, (signal) => send(url, request, signal));
    } catch (error) {
      return { reason: reasonOf(error), transient: !(error instanceof TimestampTransportError) || error.transient };
    }
    try {
      const response = parseTimestampResponse(answer);
      const { status, token } = response;
      if (token === undefined || (status !== 'granted' && status !== 'grantedWithMods')) {
        return { reason: describeRefusal(response), transient: isTransient(response) };
      }
      const asked = { message, nonce, algorithm: digestAlgorithm, ...(policy === undefined ? {} : { policy }) };
      const wrong = checkToken(token, asked);
      return wrong === undefined ? token : { reason: wrong, transient: false };
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return { reason: `its answer is malformed: ${error.message}`, transient: false };
    }
  }

  return async (message) => {
    const failures: string[] = [];
    for (const url of urls) {
      for (let attempt = 1; attempt <= attemptsPerUrl; attempt++) {
        if (attempt > 1) await new Promise((resolve) => setTimeout(resolve, retryDelayMs * 2 ** (attempt - 2)));
        const started = performance.now();
        const result = await ask(url, message);
        const failure = isFailure(result) ? result : undefined;
        const durationMs = performance.now() - started;
        onAttempt?.({ url: shownUrl(url), attempt, failure: failure?.reason, durationMs });
        if (!isFailure(result)) return result;
        if (!result.transient || attempt === attemptsPerUrl) {
          failures.push(`${shownUrl(url)}: ${result.reason}${attempt > 1 ? ` (${attempt} attempts)` : ''}`);
          break;
        }
      }
    }
    throw new SigningError('timestamp-failed', `no time-stamping authority gave a time stamp: ${failures.join('; ')}`);
  };
}
