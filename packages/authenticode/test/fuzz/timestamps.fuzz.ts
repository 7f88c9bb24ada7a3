// Time stamps: requests, responses, tokens and their judgement, and what an authority answers to anything at all.
import { decodeDer } from '../../src/der/index.ts';
import { createCertificate, createLocalKey } from '../../src/index.ts';
import {
  createTimestampAuthority,
  encodeTimestampRequest,
  parseCountersignature,
  parseTimestampRequest,
  parseTimestampResponse,
  parseTimestampToken,
  TIMESTAMP_AUTHORITY_USAGE,
  verifyCountersignature,
  verifyTimestampToken,
} from '../../src/timestamp/index.ts';
import { VALID_NOW } from '../support/authority.ts';
import { makeLegacyResponse } from '../support/timestamp-authority.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { rsa } from './samples.ts';

const certificate = createCertificate({
  subject: { commonName: 'Test Time' },
  issuer: { certificate: rsa.intermediate, privateKey: rsa.intermediateKeys.privateKey },
  publicKey: rsa.leafKeys.publicKey,
  ...TIMESTAMP_AUTHORITY_USAGE,
  ...VALID_NOW,
});
const key = createLocalKey({ privateKey: rsa.leafKeys.privateKey, certificate, chain: [rsa.intermediate] });
const authority = createTimestampAuthority({ key, policy: '1.2.3.4' });

const message = new TextEncoder().encode('a signature');
const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', message));
const requests = [
  encodeTimestampRequest({ algorithm: 'sha256', digest, nonce: 0x1234_5678n, certificateRequested: true }),
  encodeTimestampRequest({ algorithm: 'sha256', digest, policy: '1.2.3.4' }),
];
const responses = await Promise.all(requests.map((request) => authority.respond(request)));
const rejection = await authority.respond(new Uint8Array(3));
const tokens = responses.map((response) => parseTimestampResponse(response).token ?? new Uint8Array(0));

const legacySigner = decodeDer(await makeLegacyResponse(key, message, new Date('2024-01-02T03:04:05Z')))
  .children()[1]
  ?.inner()
  .children()
  .at(-1)
  ?.children()[0];
const countersignature = Uint8Array.from(legacySigner?.bytes ?? []);

export const targets: readonly FuzzTarget[] = [
  {
    name: 'countersignature',
    samples: async () => [countersignature],
    read(input) {
      verifyCountersignature(input, { message, certificates: [certificate, rsa.intermediate], anchors: [rsa.root] });
      parseCountersignature(input);
    },
  },
  {
    name: 'time-stamp request',
    samples: async () => requests,
    async read(input) {
      // An authority answers everything, with a refusal at worst, and its answer can be read.
      parseTimestampResponse(await authority.respond(input));
      parseTimestampRequest(input);
    },
  },
  { name: 'time-stamp response', samples: async () => [...responses, rejection], read: parseTimestampResponse },
  {
    name: 'time-stamp token',
    samples: async () => tokens,
    read(input) {
      verifyTimestampToken(input, { message, anchors: [rsa.root], intermediates: [certificate] });
      parseTimestampToken(input);
    },
  },
];
