// Finds and judges the path from a certificate to a trust anchor: RFC 5280 §6.1 without policies, names matched byte by
// byte, an authority's extended key usages limiting those below it as Windows does.
import { equalBytes } from '../bytes.ts';
import { OID } from '../object-identifiers.ts';
import { type Certificate, isSignedBy } from './certificate.ts';
import { KEY_USAGE_BITS } from './extensions.ts';

export type PathProblemCode =
  | 'untrustedRoot'
  | 'expired'
  | 'notYetValid'
  | 'notACertificateAuthority'
  | 'pathTooLong'
  | 'wrongUsage'
  | 'badSignature'
  | 'unknownCriticalExtension';

export interface PathProblem {
  readonly code: PathProblemCode;
  readonly message: string;
  /** With `wrongUsage`: which extension forbids it. Windows judges signers by the extended key usage alone. */
  readonly extension?: 'keyUsage' | 'extendedKeyUsage';
}

export interface PathRequest {
  readonly leaf: Certificate;
  /** Certificates that may stand between; not trusted. */
  readonly intermediates: readonly Certificate[];
  /** Trusted certificates: authorities, or the leaf itself. */
  readonly anchors: readonly Certificate[];
  /** When the certificates must be valid; now when absent. */
  readonly at?: Date;
  /** Object identifier of an extended key usage that the path must allow. */
  readonly requiredUsage?: string;
}

export interface CertificationPath {
  /** Leaf first; ends in an anchor when there is no `untrustedRoot` problem. */
  readonly path: Certificate[];
  /** Empty when the path is good. */
  readonly problems: PathProblem[];
}

/** Certificates in the longest path that is looked at. */
const MAXIMUM_PATH = 10;
/** Signature checks that one search may cost, so that crossed certificates cannot make it endless. */
const MAXIMUM_CHECKS = 200;

interface Candidate extends CertificationPath {
  readonly trusted: boolean;
}

/**
 * The best path from `leaf` to one of `anchors`: a trusted one without problems if there is one, else a trusted one with
 * its problems, else the longest that was found, with problem `untrustedRoot` (or `badSignature` when the certificate that
 * should have issued the last one did not).
 */
export function buildCertificationPath(request: PathRequest): CertificationPath {
  const anchors = new Set(request.anchors.map(({ thumbprint }) => thumbprint));
  const issuers = [...request.anchors, ...request.intermediates];
  let checksLeft = MAXIMUM_CHECKS;
  let best: Candidate | undefined;

  const consider = (path: Certificate[], trusted: boolean, extra: PathProblem[]): boolean => {
    const problems = [...extra, ...judgePath(path, request)];
    const candidate = { path, problems, trusted };
    if (best === undefined || isBetter(candidate, best)) best = candidate;
    return trusted && problems.length === 0;
  };

  const extend = (path: Certificate[]): boolean => {
    const last = path.at(-1);
    if (last === undefined) return false;
    if (anchors.has(last.thumbprint)) return consider(path, true, []);
    let refused: PathProblem | undefined;
    let extended = false;
    if (path.length < MAXIMUM_PATH && !isSelfSigned(last)) {
      for (const issuer of issuers) {
        if (!namesIssuer(last, issuer) || path.some(({ thumbprint }) => thumbprint === issuer.thumbprint)) continue;
        checksLeft -= 1;
        if (checksLeft < 0) break;
        if (!isSignedBy(last, issuer)) {
          refused = {
            code: 'badSignature',
            message: `${quote(last)} was not signed by ${quote(issuer)}, which it names as its issuer`,
          };
          continue;
        }
        extended = true;
        if (extend([...path, issuer])) return true;
      }
    }
    if (extended) return false;
    const message = `the path ends at ${quote(last)}, issued by '${last.issuer}', and reaches no trusted certificate`;
    const extra: PathProblem[] = refused === undefined ? [] : [refused];
    return consider(path, false, [...extra, { code: 'untrustedRoot', message }]);
  };

  extend([request.leaf]);
  return { path: best?.path ?? [request.leaf], problems: best?.problems ?? [] };
}

function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.trusted !== b.trusted) return a.trusted;
  if (a.trusted) return a.problems.length < b.problems.length;
  return a.path.length > b.path.length;
}

function namesIssuer(certificate: Certificate, issuer: Certificate): boolean {
  if (!equalBytes(certificate.issuerBytes, issuer.subjectBytes)) return false;
  const wanted = certificate.authorityKeyIdentifier;
  const actual = issuer.subjectKeyIdentifier;
  return wanted === undefined || actual === undefined || equalBytes(wanted, actual);
}

function isSelfSigned(certificate: Certificate): boolean {
  return certificate.selfIssued && isSignedBy(certificate, certificate);
}

function quote({ subject }: Certificate): string {
  return `'${subject}'`;
}

/** The KeyUsage bits of which a signer needs one: stamps may also be made with keys for nonRepudiation (RFC 5280 §4.2.1.12). */
function allowedBits(usage: string): readonly number[] {
  const { digitalSignature, nonRepudiation } = KEY_USAGE_BITS;
  return usage === OID.timeStamping ? [digitalSignature, nonRepudiation] : [digitalSignature];
}

/** Everything about a path but its signatures and its end. */
function judgePath(path: readonly Certificate[], { at = new Date(), requiredUsage }: PathRequest): PathProblem[] {
  const problems: PathProblem[] = [];
  const add = (code: PathProblemCode, message: string, extension?: PathProblem['extension']) =>
    problems.push({ code, message, ...(extension === undefined ? {} : { extension }) });
  let intermediatesBelow = 0;
  for (const [index, certificate] of path.entries()) {
    const name = quote(certificate);
    if (at < certificate.notBefore)
      add('notYetValid', `${name} is not valid before ${certificate.notBefore.toISOString()}`);
    if (at > certificate.notAfter) add('expired', `${name} expired on ${certificate.notAfter.toISOString()}`);
    for (const type of certificate.unknownCriticalExtensions) {
      add('unknownCriticalExtension', `${name} has a critical extension that is not understood: ${type}`);
    }
    if (requiredUsage !== undefined && !allowsUsage(certificate, requiredUsage)) {
      add('wrongUsage', `${name} may not be used for ${requiredUsage}`, 'extendedKeyUsage');
    }
    const bits = certificate.keyUsageBits;
    if (index === 0) {
      if (
        requiredUsage !== undefined &&
        bits !== undefined &&
        !allowedBits(requiredUsage).some((bit) => bits.includes(bit))
      ) {
        add('wrongUsage', `${name} may not be used for digital signatures`, 'keyUsage');
      }
      continue;
    }
    if (!certificate.isCertificateAuthority || (bits !== undefined && !bits.includes(KEY_USAGE_BITS.keyCertSign))) {
      add('notACertificateAuthority', `${name} may not issue certificates`);
    }
    if (certificate.pathLength !== undefined && intermediatesBelow > certificate.pathLength) {
      add('pathTooLong', `${name} allows ${certificate.pathLength} authorities below it, not ${intermediatesBelow}`);
    }
    if (!certificate.selfIssued) intermediatesBelow += 1;
  }
  return problems;
}

function allowsUsage({ extendedKeyUsages }: Certificate, usage: string): boolean {
  if (extendedKeyUsages === undefined) return true;
  return extendedKeyUsages.includes(usage) || extendedKeyUsages.includes(OID.anyExtendedKeyUsage);
}
