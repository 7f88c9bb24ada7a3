// The checksums that a request declares and the ones that its bytes have. SHA-256 is always taken; MD5 and CRC-64 only when
// the caller sent one to compare with.
import { createHash, type Hash, timingSafeEqual } from 'node:crypto';
import { Crc64 } from '@assay/hardware-api';
import { BlobError } from './errors.ts';

/** What the caller says the bytes add up to, decoded from the headers. */
export interface DeclaredChecksums {
  /** `Content-MD5`: of the request body. */
  readonly md5?: Uint8Array;
  /** `x-ms-content-crc64`: of the request body. */
  readonly crc64?: Uint8Array;
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

function decode(text: string, bytes: number): Uint8Array | undefined {
  if (!BASE64.test(text)) return undefined;
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === bytes ? decoded : undefined;
}

/** The MD5 in a header's base64. Throws BlobError InvalidMd5 when it is not 16 bytes. */
export function decodeMd5(text: string): Uint8Array {
  const md5 = decode(text, 16);
  if (!md5) throw new BlobError('InvalidMd5');
  return md5;
}

/** The CRC-64 in a header's base64. Throws BlobError InvalidCrc64 when it is not 8 bytes. */
export function decodeCrc64(text: string): Uint8Array {
  const crc64 = decode(text, 8);
  if (!crc64) throw new BlobError('InvalidCrc64');
  return crc64;
}

/** What `Checksums.finish` gives. */
export interface ComputedChecksums {
  /** Lower-case hex. */
  readonly sha256: string;
  /** Base64; only when one was declared, and then it has been checked. */
  readonly md5?: string;
  readonly crc64?: string;
}

/** Takes the checksums of bytes that pass by. */
export class Checksums {
  readonly #declared: DeclaredChecksums;
  readonly #sha256: Hash = createHash('sha256');
  readonly #md5: Hash | undefined;
  readonly #crc64: Crc64 | undefined;

  constructor(declared: DeclaredChecksums = {}) {
    this.#declared = declared;
    this.#md5 = declared.md5 ? createHash('md5') : undefined;
    this.#crc64 = declared.crc64 ? new Crc64() : undefined;
  }

  update(chunk: Uint8Array): void {
    this.#sha256.update(chunk);
    this.#md5?.update(chunk);
    this.#crc64?.update(chunk);
  }

  /** Compares with what was declared. Throws BlobError Md5Mismatch or Crc64Mismatch. */
  finish(): ComputedChecksums {
    const { md5: declaredMd5, crc64: declaredCrc64 } = this.#declared;
    const md5 = this.#md5?.digest();
    if (md5 && declaredMd5 && !timingSafeEqual(md5, declaredMd5)) {
      throw new BlobError('Md5Mismatch', {
        UserSpecifiedMd5: Buffer.from(declaredMd5).toString('base64'),
        ServerCalculatedMd5: md5.toString('base64'),
      });
    }
    const crc64 = this.#crc64 && Buffer.from(this.#crc64.digest());
    if (crc64 && declaredCrc64 && !timingSafeEqual(crc64, declaredCrc64)) {
      throw new BlobError('Crc64Mismatch', {
        UserSpecifiedCrc64: Buffer.from(declaredCrc64).toString('base64'),
        ServerCalculatedCrc64: crc64.toString('base64'),
      });
    }
    return {
      sha256: this.#sha256.digest('hex'),
      ...(md5 ? { md5: md5.toString('base64') } : {}),
      ...(crc64 ? { crc64: crc64.toString('base64') } : {}),
    };
  }
}
