// Certificates, alone and as members of a path, and PEM text around them.
import {
  buildCertificationPath,
  encodePem,
  parseCertificate,
  parsePem,
  parsePemCertificates,
} from '../../src/x509/index.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { ec, rsa, trust } from './samples.ts';

const text = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);
const bytesOf = (pem: string) => new TextEncoder().encode(pem);

export const targets: readonly FuzzTarget[] = [
  {
    name: 'x509 certificate',
    samples: async () => [rsa.leaf, rsa.intermediate, rsa.root, ec.leaf, ec.root].map(({ bytes }) => bytes),
    read(input) {
      const certificate = parseCertificate(input);
      const intermediates = [rsa.intermediate, ec.intermediate, certificate];
      return [
        buildCertificationPath({ leaf: certificate, intermediates, ...trust }),
        buildCertificationPath({ leaf: rsa.leaf, intermediates: [certificate], anchors: [certificate] }),
      ];
    },
  },
  {
    name: 'pem',
    samples: async () => [
      bytesOf(encodePem('CERTIFICATE', rsa.leaf.bytes)),
      bytesOf(
        `before\n${encodePem('CERTIFICATE', ec.leaf.bytes)}between\r\n${encodePem('CERTIFICATE', ec.root.bytes)}`,
      ),
    ],
    read: (input) => [parsePem(text(input)), parsePemCertificates(text(input))],
  },
];
