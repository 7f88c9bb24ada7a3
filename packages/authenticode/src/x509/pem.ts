// PEM text (RFC 7468): base64 between BEGIN and END lines.
import { Buffer } from 'node:buffer';
import { ParseError } from '../errors.ts';
import { type Certificate, parseCertificate } from './certificate.ts';

export interface PemBlock {
  readonly label: string;
  readonly bytes: Uint8Array;
}

const BEGIN = '-----BEGIN ';
const DASHES = '-----';

/** All blocks of a PEM text; text around them is skipped. Throws ParseError `pem` for a block that does not end or decode. */
export function parsePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let at = text.indexOf(BEGIN); at !== -1; ) {
    const labelEnd = text.indexOf(DASHES, at + BEGIN.length);
    const label = labelEnd === -1 ? '' : text.slice(at + BEGIN.length, labelEnd);
    const end = label === '' ? -1 : text.indexOf(`-----END ${label}-----`, labelEnd);
    if (end === -1) throw new ParseError('pem', 'unfinished-block', 'a PEM block does not end', at);
    const body = text.slice(labelEnd + DASHES.length, end).replaceAll(/[ \t\r\n]/g, '');
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body) || body.length % 4 !== 0) {
      throw new ParseError('pem', 'bad-base64', `the PEM block '${label}' is not base64`, labelEnd);
    }
    blocks.push({ label, bytes: Uint8Array.from(Buffer.from(body, 'base64')) });
    at = text.indexOf(BEGIN, end);
  }
  return blocks;
}

/** Every certificate in a PEM text, in order; blocks of other kinds are skipped. */
export function parsePemCertificates(text: string): Certificate[] {
  return parsePem(text)
    .filter(({ label }) => label === 'CERTIFICATE')
    .map(({ bytes }) => parseCertificate(bytes));
}

/** PEM text of `der` under this label, such as CERTIFICATE; 64 characters a line, ends in a newline. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
