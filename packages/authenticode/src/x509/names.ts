// Distinguished names: their DER (RFC 5280 §4.1.2.4) and their text (RFC 4514).
import { toHex } from '../bytes.ts';
import { type DerElement, isString, readOid, readString, TAG, write } from '../der/index.ts';
import { OID } from '../object-identifiers.ts';

/** Short names of attribute types, the table of RFC 4514 §3. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  [OID.commonName, 'CN'],
  [OID.localityName, 'L'],
  [OID.stateOrProvinceName, 'ST'],
  [OID.organizationName, 'O'],
  [OID.organizationalUnitName, 'OU'],
  [OID.countryName, 'C'],
  [OID.streetAddress, 'STREET'],
  [OID.domainComponent, 'DC'],
  [OID.userId, 'UID'],
]);

/** The parts of a name that certificates made here can have. */
export interface NameParts {
  readonly commonName: string;
  readonly organization?: string;
  /** Two letters, ISO 3166. */
  readonly country?: string;
}

export interface ParsedName {
  /** RFC 4514 text: most specific part first. */
  readonly text: string;
  /** The last commonName, if there is one. */
  readonly commonName: string | undefined;
}

/** DER of a name: country, organization, common name. */
export function encodeName({ commonName, organization, country }: NameParts): Uint8Array {
  const attributes: Uint8Array[] = [];
  const add = (type: string, value: Uint8Array) => {
    attributes.push(write.setOf([write.sequence([write.oid(type), value])]));
  };
  if (country !== undefined) add(OID.countryName, write.printableString(country));
  if (organization !== undefined) add(OID.organizationName, write.utf8String(organization));
  add(OID.commonName, write.utf8String(commonName));
  return write.sequence(attributes);
}

/** Reads a Name. */
export function parseName(name: DerElement): ParsedName {
  let commonName: string | undefined;
  const relativeNames: string[] = [];
  for (const relativeName of name.expect(TAG.sequence, 'a name').children()) {
    const attributes: string[] = [];
    for (const attribute of relativeName.expect(TAG.set, 'a relative name').children()) {
      const parts = attribute.parts(TAG.sequence, 'an attribute of a name');
      const type = readOid(parts.next('type'), 'the type of a name attribute');
      const value = parts.next('value');
      parts.end();
      if (type === OID.commonName && isString(value)) commonName = readString(value, 'a common name');
      attributes.push(attributeText(type, value));
    }
    relativeNames.unshift(attributes.join('+'));
  }
  return { text: relativeNames.join(','), commonName };
}

function attributeText(type: string, value: DerElement): string {
  const shortName = SHORT_NAMES.get(type);
  if (shortName === undefined || !isString(value)) return `${shortName ?? type}=#${toHex(value.bytes)}`;
  return `${shortName}=${escapeValue(readString(value, 'a name attribute'))}`;
}

/** RFC 4514 §2.4; control characters are written as hexadecimal pairs so that a name is always one line. */
function escapeValue(text: string): string {
  const escaped = text
    .replaceAll(/["+,;<>\\]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/(?<!\\) $/, '\\ ');
  let result = '';
  for (const character of escaped) {
    const code = character.charCodeAt(0);
    result += code < 0x20 || code === 0x7f ? `\\${code.toString(16).padStart(2, '0')}` : character;
  }
  return result;
}
