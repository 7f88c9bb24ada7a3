// openssl as a time-stamping authority: it answers requests from a folder that holds its key and certificates.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { encodePem } from '../../src/index.ts';
import { makeFolder, runTool } from '../support/external-tool.ts';
import type { TestTimestampAuthority } from '../support/timestamp-authority.ts';

/** Policy of openssl's stamps. */
export const OPENSSL_POLICY = '1.3.6.1.4.1.99999.7';

export interface OpensslAuthorityOptions {
  /** Digest of the attribute that names the signing certificate; sha1 gives the old form of it. */
  readonly certificateDigest?: 'sha1' | 'sha256';
  readonly signerDigest?: 'sha1' | 'sha256';
  readonly digests?: string;
}

function configuration({ certificateDigest, signerDigest, digests }: OpensslAuthorityOptions): string {
  return `[ tsa ]
default_tsa = authority
[ authority ]
serial = serial
signer_cert = certificate.pem
certs = root.pem
signer_key = key.pem
signer_digest = ${signerDigest ?? 'sha256'}
default_policy = ${OPENSSL_POLICY}
digests = ${digests ?? 'sha1, sha256, sha384, sha512'}
accuracy = secs:2, millisecs:30, microsecs:4
ordering = yes
tsa_name = yes
ess_cert_id_chain = yes
ess_cert_id_alg = ${certificateDigest ?? 'sha256'}
`;
}

/** Gives the answers of `openssl ts -reply` with this authority's key. */
export function makeOpensslAuthority(
  t: TestContext,
  { root, certificate, certificateKeys }: TestTimestampAuthority,
  options: OpensslAuthorityOptions = {},
): (request: Uint8Array) => Uint8Array {
  const folder = makeFolder(t, {
    'certificate.pem': encodePem('CERTIFICATE', certificate.bytes),
    'root.pem': encodePem('CERTIFICATE', root.bytes),
    'key.pem': certificateKeys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    configuration: configuration(options),
    serial: '01\n',
  });
  return (request) => {
    writeFileSync(join(folder, 'request'), request);
    const arguments_ = ['ts', '-reply', '-config', 'configuration', '-section', 'authority', '-queryfile', 'request'];
    const { status, output } = runTool('openssl', [...arguments_, '-out', 'response'], folder);
    assert.equal(status, 0, output);
    return readFileSync(join(folder, 'response'));
  };
}
