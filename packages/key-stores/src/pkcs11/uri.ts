// PKCS#11 URIs (RFC 7512), as p11tool and others print them: pkcs11:token=…;object=…?module-path=…
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SigningError } from '@assay/authenticode';
import type { Pkcs11Location } from '../key-location.ts';

type MutableLocation = { -readonly [Name in keyof Pkcs11Location]?: Pkcs11Location[Name] };
/** The part of a location in the value of an attribute. */
type Reader = (value: string, octets: Uint8Array) => MutableLocation;

/** A file with a PIN holds a line of a few characters. */
const MAXIMUM_PIN_BYTES = 1024;

function refuse(message: string): never {
  throw new SigningError('bad-pkcs11-uri', `the PKCS#11 URI ${message}`);
}

/** RFC 7512 §2.3: attributes that say which token and which object. */
const PATH_ATTRIBUTES: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['token', (tokenLabel) => ({ tokenLabel })],
  ['serial', (tokenSerial) => ({ tokenSerial })],
  ['model', (tokenModel) => ({ tokenModel })],
  ['manufacturer', (tokenManufacturer) => ({ tokenManufacturer })],
  ['object', (keyLabel) => ({ keyLabel })],
  ['id', (_value, octets) => ({ keyId: Buffer.from(octets).toString('hex') })],
  [
    'slot-id',
    (value) => (/^\d{1,15}$/.test(value) ? { slot: Number(value) } : refuse("has a 'slot-id' that is not a number")),
  ],
  // Whatever kind of object was copied: the private key with its label and identifier is meant.
  [
    'type',
    (value) => (['private', 'cert', 'public'].includes(value) ? {} : refuse(`names a '${value}', not a private key`)),
  ],
]);

/** RFC 7512 §2.4: how to reach the token. Others may be ignored. */
const QUERY_ATTRIBUTES: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['module-path', (module) => ({ module })],
  ['pin-value', (pin) => ({ pin })],
  ['pin-source', (source) => ({ pin: readPin(source) })],
]);

/** The first line of the file that `pin-source` names, by path or file: URI. */
function readPin(source: string): string {
  if (source.startsWith('|')) refuse("has a 'pin-source' that is a command; name a file that holds the PIN");
  try {
    const bytes = readFileSync(source.startsWith('file:') ? fileURLToPath(source) : source);
    if (bytes.length <= MAXIMUM_PIN_BYTES) return bytes.toString('utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'not a file';
    throw new SigningError('bad-pkcs11-uri', `the PIN file '${source}' of the PKCS#11 URI cannot be read (${reason})`, {
      cause,
    });
  }
  return refuse(`names the PIN file '${source}', which is too long to hold a PIN`);
}

/** The octets behind percent-encoded text. */
function decodeOctets(text: string, name: string): Uint8Array {
  if (/%(?![0-9A-Fa-f]{2})/.test(text))
    refuse(`has a '${name}' with a % that is not followed by two hexadecimal digits`);
  const parts = text.split(/(%[0-9A-Fa-f]{2})/);
  return Buffer.concat(
    parts.map((part, index) => (index % 2 === 1 ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part, 'utf8'))),
  );
}

function readAttributes(
  text: string,
  separator: string,
  readers: ReadonlyMap<string, Reader>,
  into: MutableLocation,
  unknown: (name: string) => void,
): void {
  const seen = new Set<string>();
  for (const attribute of text === '' ? [] : text.split(separator)) {
    const equals = attribute.indexOf('=');
    if (equals < 1) refuse('has an attribute without a name or a value');
    const name = attribute.slice(0, equals);
    const read = readers.get(name);
    if (seen.has(name)) refuse(`has '${name}' twice`);
    seen.add(name);
    if (read === undefined) {
      unknown(name);
      continue;
    }
    const octets = decodeOctets(attribute.slice(equals + 1), name);
    Object.assign(into, read(Buffer.from(octets).toString('utf8'), octets));
  }
}

/**
 * Reads a PKCS#11 URI (RFC 7512) into the parts of a location; the file that `pin-source` names is read for the PIN. The
 * module is missing when the URI has no `module-path`. Throws SigningError `bad-pkcs11-uri`, also for path attributes that
 * cannot be heeded here, because a token that was not meant might be taken.
 */
export function parsePkcs11Uri(uri: string): Partial<Pkcs11Location> & Pick<Pkcs11Location, 'kind'> {
  const match = /^pkcs11:([^?#]*)(?:\?([^#]*))?$/i.exec(uri);
  if (match === null) refuse("does not begin with 'pkcs11:'");
  const location: MutableLocation = {};
  readAttributes(match[1] ?? '', ';', PATH_ATTRIBUTES, location, (name) =>
    refuse(`has the attribute '${name}', which cannot be used to choose a key; leave it out`),
  );
  readAttributes(match[2] ?? '', '&', QUERY_ATTRIBUTES, location, (name) => {
    if (name === 'module-name') refuse("has 'module-name'; give the path of the module as 'module-path'");
  });
  return { ...location, kind: 'pkcs11' };
}
