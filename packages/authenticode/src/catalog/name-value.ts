// CatNameValue, the named values of catalogs and of their members: SEQUENCE of name (BMPString), flags and value.
import { Buffer } from 'node:buffer';
import { concatBytes } from '../bytes.ts';
import { write } from '../der/index.ts';
import { SigningError } from '../errors.ts';
import { BINARY_ATTRIBUTE_FLAGS, CATALOG_ATTRIBUTE_FLAGS, hasFlag, TEXT_ATTRIBUTE_FLAGS } from './catalog.ts';

/** A named value to be written. */
export interface CatalogAttributeRequest {
  /** A word, or an object identifier when the flags say so. */
  readonly name: string;
  /** Text, which is written as UTF-16 with a NUL, or octets, which are written as they are. */
  readonly value: string | Uint8Array;
  /** 0x10010001 for text and 0x10020001 for octets when absent. */
  readonly flags?: number;
}

const MOST_NAME_CHARACTERS = 1024;

/** Throws SigningError `bad-attribute` for what a catalog cannot hold. */
function checkNameValue({ name, value, flags }: Required<CatalogAttributeRequest>): void {
  const refuse = (why: string): never => {
    throw new SigningError('bad-attribute', `attribute '${name}' of the catalog cannot be written: ${why}`);
  };
  if (name === '' || name.length > MOST_NAME_CHARACTERS || name.includes('\0')) {
    refuse(`a name has 1 to ${MOST_NAME_CHARACTERS} characters, none of them NUL`);
  }
  if (!Number.isInteger(flags) || flags < 0 || flags > 0xffff_ffff) refuse('flags are a number of 32 bits');
  const isText = typeof value === 'string';
  if (isText !== hasFlag(flags, CATALOG_ATTRIBUTE_FLAGS.valueIsText)) {
    refuse(isText ? 'its flags do not say that the value is text' : 'its flags say text, but octets are given');
  }
  if (isText && value.includes('\0')) refuse('a text cannot contain NUL, which ends it');
  if (hasFlag(flags, CATALOG_ATTRIBUTE_FLAGS.nameIsObjectIdentifier) && !/^[0-2](\.\d+)+$/.test(name)) {
    refuse('its flags say that the name is an object identifier, and it is none');
  }
}

const TEXT_FLAGS = write.integer(TEXT_ATTRIBUTE_FLAGS);

/** The NUL that ends a text, in UTF-16. */
const END_OF_TEXT = new Uint8Array(2);

/** DER of CatNameValue. Throws SigningError `bad-attribute`. */
export function encodeNameValue(request: CatalogAttributeRequest): Uint8Array {
  const { name, value } = request;
  const flags = request.flags ?? (typeof value === 'string' ? TEXT_ATTRIBUTE_FLAGS : BINARY_ATTRIBUTE_FLAGS);
  checkNameValue({ name, value, flags });
  const octets = typeof value === 'string' ? concatBytes([Buffer.from(value, 'utf16le'), END_OF_TEXT]) : value;
  return write.sequence([
    write.bmpString(name),
    flags === TEXT_ATTRIBUTE_FLAGS ? TEXT_FLAGS : write.integer(flags),
    write.octetString(octets),
  ]);
}
