// TSTInfo (RFC 3161 §2.4.2): what a time-stamping authority signs.
import { Buffer } from 'node:buffer';
import {
  contextConstructed,
  contextPrimitive,
  type DerElement,
  decodeDer,
  readBigInteger,
  readBoolean,
  readOid,
  readSmallInteger,
  TAG,
  write,
} from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { parseName } from '../x509/index.ts';
import { type MessageImprint, readMessageImprint } from './message-imprint.ts';

/** How far the stamped time may be off, either way; the parts are added. */
export interface Accuracy {
  readonly seconds?: number;
  /** 1 to 999. */
  readonly milliseconds?: number;
  /** 1 to 999. */
  readonly microseconds?: number;
}

export interface TokenInfo {
  /** Object identifier of the policy under which the stamp was made. */
  readonly policy: string;
  readonly imprint: MessageImprint;
  readonly serialNumber: bigint;
  /** The stamped time; what is finer than a millisecond is dropped. */
  readonly time: Date;
  /** The stamped time as it stands there, such as `20240131120000.123456Z`. */
  readonly timeText: string;
  readonly accuracy: Accuracy | undefined;
  /** Whether any two stamps of this authority can be ordered by their times alone. */
  readonly ordering: boolean;
  readonly nonce: bigint | undefined;
  /** RFC 4514 text of the name that the authority gives itself, when it is a directory name. */
  readonly authorityName: string | undefined;
}

/** Longest serial number that is read, in bytes; RFC 3161 asks for 20. */
const MAXIMUM_SERIAL_BYTES = 64;

/** GeneralizedTime in UTC with or without a fraction of a second (RFC 3161 §2.4.2), without which DER ends in no zero. */
export function readFractionalTime(element: DerElement, what: string): { time: Date; text: string } {
  const { value } = element.expect(TAG.generalizedTime, what);
  const text = value.length <= 40 ? Buffer.from(value).toString('latin1') : '';
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,18}))?Z$/.exec(text);
  const [, year, month, day, hour, minute, second, fraction = ''] = match ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const time = new Date(iso);
  if (match === null || Number.isNaN(time.getTime()) || time.toISOString() !== iso) {
    throw new ParseError('timestamp', 'bad-time', `${what} is not a valid time in UTC`, element.offset);
  }
  return { time, text };
}

function readAccuracy(element: DerElement): Accuracy {
  const parts = element.parts(TAG.sequence, 'the accuracy');
  const seconds = parts.optional(TAG.integer);
  const [milliseconds, microseconds] = [parts.optional(contextPrimitive(0)), parts.optional(contextPrimitive(1))].map(
    (part) => {
      if (part === undefined) return undefined;
      const number = part.value.reduce((sum, octet) => sum * 256 + octet, 0);
      if (part.value.length > 2 || number > 999) {
        throw new ParseError('timestamp', 'bad-accuracy', 'a part of the accuracy is not from 1 to 999', part.offset);
      }
      return number;
    },
  );
  parts.end();
  return {
    ...(seconds === undefined ? {} : { seconds: readSmallInteger(seconds, 'the seconds of the accuracy') }),
    ...(milliseconds === undefined ? {} : { milliseconds }),
    ...(microseconds === undefined ? {} : { microseconds }),
  };
}

/** The text of a GeneralName under its EXPLICIT tag; undefined unless it is a directoryName. */
function readAuthorityName(element: DerElement | undefined): string | undefined {
  const name = element?.inner();
  return name?.tag === contextConstructed(4) ? parseName(name.inner()).text : undefined;
}

/** Reads the DER of a TSTInfo. Throws ParseError, `unsupported-version` for other versions than 1. */
export function parseTokenInfo(der: Uint8Array): TokenInfo {
  const parts = decodeDer(der, { maximumDepth: 24, maximumElements: 10_000 }).parts(TAG.sequence, 'the TSTInfo');
  const version = parts.next('version');
  if (readBigInteger(version, 'the version of the TSTInfo') !== 1n) {
    const message = 'only version 1 of TSTInfo is supported';
    throw new ParseError('timestamp', 'unsupported-version', message, version.offset);
  }
  const policy = readOid(parts.next('policy'), 'the policy');
  const imprint = readMessageImprint(parts.next('message imprint'));
  const serialNumber = parts.next('serial number');
  const { time, text } = readFractionalTime(parts.next('time'), 'the stamped time');
  const accuracy = parts.optional(TAG.sequence);
  const ordering = parts.optional(TAG.boolean);
  const nonce = parts.optional(TAG.integer);
  const authorityName = parts.optional(contextConstructed(0));
  parts.optional(contextConstructed(1));
  parts.end();
  for (const number of [serialNumber, nonce]) {
    if (number !== undefined && number.value.length > MAXIMUM_SERIAL_BYTES) {
      throw new ParseError('timestamp', 'number-too-long', 'a number in the TSTInfo is too long', number.offset);
    }
  }
  return {
    policy,
    imprint,
    serialNumber: readBigInteger(serialNumber, 'the serial number'),
    time,
    timeText: text,
    accuracy: accuracy && readAccuracy(accuracy),
    ordering: ordering !== undefined && readBoolean(ordering, 'ordering'),
    nonce: nonce && readBigInteger(nonce, 'the nonce'),
    authorityName: readAuthorityName(authorityName),
  };
}

/** GeneralizedTime; a fraction is written only when it is wanted, without trailing zeros (X.690 §11.7). */
function encodeTime(time: Date, fractions: boolean): Uint8Array {
  const digits = time.toISOString().slice(0, 23).replaceAll(/[-:T]/g, '');
  const text = fractions ? digits.replace(/\.?0+$/, '') : digits.slice(0, 14);
  return write.element(TAG.generalizedTime, write.asciiBytes(`${text}Z`));
}

function encodeAccuracy({ seconds, milliseconds, microseconds }: Accuracy): Uint8Array {
  const tagged = (number: number, value: number | undefined) =>
    value === undefined ? [] : [write.contextImplicit(number, decodeDer(write.integer(value)).value)];
  return write.sequence([
    ...(seconds === undefined ? [] : [write.integer(seconds)]),
    ...tagged(0, milliseconds),
    ...tagged(1, microseconds),
  ]);
}

/** DER of a TSTInfo of version 1 without ordering and extensions. */
export function encodeTokenInfo(info: {
  readonly policy: string;
  /** DER of the MessageImprint, as it was requested. */
  readonly imprint: Uint8Array;
  readonly serialNumber: bigint;
  readonly time: Date;
  /** Whether the time is written with milliseconds. */
  readonly fractions: boolean;
  readonly accuracy?: Accuracy | undefined;
  readonly nonce?: bigint | undefined;
  /** DER of the authority's Name. */
  readonly authorityName: Uint8Array;
}): Uint8Array {
  return write.sequence([
    write.integer(1),
    write.oid(info.policy),
    info.imprint,
    write.integer(info.serialNumber),
    encodeTime(info.time, info.fractions),
    ...(info.accuracy === undefined ? [] : [encodeAccuracy(info.accuracy)]),
    ...(info.nonce === undefined ? [] : [write.integer(info.nonce)]),
    write.contextExplicit(0, write.contextExplicit(4, info.authorityName)),
  ]);
}
