// The file that an account signs to register a certificate: a small image ("PE Format", PE32+) that holds nothing but a text
// with the account and a random challenge, so that signtool and osslsigncode sign it like any driver. The same account and
// challenge always give the same bytes: only the challenge needs to be remembered.

/** What the file is called, as on the hardware dashboard. */
export const SIGNABLE_FILE_NAME = 'SignableFile.bin';

const FILE_HEADER_AT = 0x80;
const OPTIONAL_HEADER_AT = FILE_HEADER_AT + 24;
/** With sixteen data directories. */
const OPTIONAL_HEADER_BYTES = 240;
const SECTION_HEADER_AT = OPTIONAL_HEADER_AT + OPTIONAL_HEADER_BYTES;
const FILE_ALIGNMENT = 0x200;
const SECTION_ALIGNMENT = 0x1000;
const TEXT_AT = FILE_ALIGNMENT;

/** Fields of the headers that are not zero: offset in the file, size in bytes, value. */
const FIELDS: readonly (readonly [offset: number, size: 2 | 4 | 8, value: number])[] = [
  [0, 2, 0x5a4d], // 'MZ'
  [0x3c, 4, FILE_HEADER_AT],
  [FILE_HEADER_AT, 4, 0x4550], // 'PE'
  [FILE_HEADER_AT + 4, 2, 0x8664], // machine: x64
  [FILE_HEADER_AT + 6, 2, 1], // number of sections
  [FILE_HEADER_AT + 20, 2, OPTIONAL_HEADER_BYTES],
  [FILE_HEADER_AT + 22, 2, 0x2022], // an executable image, a DLL, addresses beyond 2 GB
  [OPTIONAL_HEADER_AT, 2, 0x20b], // PE32+
  [OPTIONAL_HEADER_AT + 8, 4, FILE_ALIGNMENT], // size of initialised data
  [OPTIONAL_HEADER_AT + 20, 4, SECTION_ALIGNMENT], // base of code, of which there is none
  [OPTIONAL_HEADER_AT + 24, 8, 0x1_8000_0000], // image base
  [OPTIONAL_HEADER_AT + 32, 4, SECTION_ALIGNMENT],
  [OPTIONAL_HEADER_AT + 36, 4, FILE_ALIGNMENT],
  [OPTIONAL_HEADER_AT + 40, 2, 6], // operating-system version 6.0
  [OPTIONAL_HEADER_AT + 48, 2, 6], // subsystem version 6.0
  [OPTIONAL_HEADER_AT + 56, 4, 2 * SECTION_ALIGNMENT], // size of image
  [OPTIONAL_HEADER_AT + 60, 4, FILE_ALIGNMENT], // size of headers
  [OPTIONAL_HEADER_AT + 68, 2, 3], // subsystem: console
  [OPTIONAL_HEADER_AT + 70, 2, 0x160], // may be placed anywhere, no execution of data
  [OPTIONAL_HEADER_AT + 108, 4, 16], // data directories
  [SECTION_HEADER_AT + 8, 4, FILE_ALIGNMENT], // virtual size
  [SECTION_HEADER_AT + 12, 4, SECTION_ALIGNMENT], // virtual address
  [SECTION_HEADER_AT + 16, 4, FILE_ALIGNMENT], // size in the file
  [SECTION_HEADER_AT + 20, 4, TEXT_AT],
  [SECTION_HEADER_AT + 36, 4, 0x4000_0040], // initialised data, readable
];

/** The file for this account and challenge (lower-case hex of 32 bytes), not signed yet. */
export function buildSignableFile(accountId: bigint, challenge: string): Uint8Array {
  const file = new Uint8Array(TEXT_AT + FILE_ALIGNMENT);
  const view = new DataView(file.buffer);
  for (const [offset, size, value] of FIELDS) {
    if (size === 2) view.setUint16(offset, value, true);
    else if (size === 4) view.setUint32(offset, value, true);
    else view.setBigUint64(offset, BigInt(value), true);
  }
  const encoder = new TextEncoder();
  file.set(encoder.encode('.rdata'), SECTION_HEADER_AT);
  const text = [
    'This file holds no program. Its signature shows who has the key of a certificate:',
    'sign it and upload it to register that certificate to the account below.',
    `Account: ${accountId}`,
    `Challenge: ${challenge}`,
    '',
  ].join('\r\n');
  file.set(encoder.encode(text), TEXT_AT);
  return file;
}
