// Finds the private key that is meant on a token, and what is public about it.
import { Buffer } from 'node:buffer';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Certificate, type KeyType, SigningError } from '@assay/authenticode';
import { certificatesFor } from '../certificate-selection.ts';
import type { Pkcs11Location } from '../key-location.ts';
import { ATTRIBUTE, KEY_TYPE, OBJECT_CLASS } from './constants.ts';
import type { AttributeSlot } from './native-layout.ts';
import type { Attributes, ObjectHandle, TokenSession } from './session.ts';

export interface TokenKey {
  readonly handle: ObjectHandle;
  readonly label: string;
  /** CKA_ID in lower-case hexadecimal; may be empty. */
  readonly id: string;
  readonly type: KeyType;
  /** Absent when the token tells nothing from which it could be made. */
  readonly publicKey: KeyObject | undefined;
  /** CKA_ALWAYS_AUTHENTICATE: each signature needs the PIN. */
  readonly alwaysAuthenticate: boolean;
}

const PRIVATE_KEY_ATTRIBUTES = [
  ATTRIBUTE.label,
  ATTRIBUTE.id,
  ATTRIBUTE.keyType,
  ATTRIBUTE.sign,
  ATTRIBUTE.alwaysAuthenticate,
  ATTRIBUTE.modulus,
  ATTRIBUTE.publicExponent,
  ATTRIBUTE.publicKeyInfo,
];
const PUBLIC_KEY_ATTRIBUTES = [
  ATTRIBUTE.modulus,
  ATTRIBUTE.publicExponent,
  ATTRIBUTE.ecParameters,
  ATTRIBUTE.ecPoint,
  ATTRIBUTE.keyType,
];

/** DER of the object identifiers of curves (RFC 5480 §2.1.1.1), with their names in JSON Web Keys and coordinate sizes in bytes. */
const CURVES: ReadonlyMap<string, { readonly crv: string; readonly size: number }> = new Map([
  ['06082a8648ce3d030107', { crv: 'P-256', size: 32 }],
  ['06052b81040022', { crv: 'P-384', size: 48 }],
  ['06052b81040023', { crv: 'P-521', size: 66 }],
]);

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** A CK_BBOOL. */
function isTrue(value: Uint8Array | undefined): boolean {
  return value?.[0] !== undefined && value[0] !== 0;
}

function rsaPublicKey(attributes: Attributes): KeyObject | undefined {
  const modulus = attributes.get(ATTRIBUTE.modulus);
  const exponent = attributes.get(ATTRIBUTE.publicExponent);
  if (!modulus?.length || !exponent?.length) return undefined;
  return makeKey(() =>
    createPublicKey({ key: { kty: 'RSA', n: base64url(modulus), e: base64url(exponent) }, format: 'jwk' }),
  );
}

/** CKA_EC_POINT is a DER OCTET STRING around the uncompressed point; some modules leave the wrapping out. */
function ecPublicKey(attributes: Attributes): KeyObject | undefined {
  const curve = CURVES.get(hex(attributes.get(ATTRIBUTE.ecParameters)));
  const encoded = attributes.get(ATTRIBUTE.ecPoint);
  if (curve === undefined || encoded === undefined) return undefined;
  const point = encoded.subarray(-(2 * curve.size + 1));
  if (point.length !== 2 * curve.size + 1 || point[0] !== 4) return undefined;
  const x = base64url(point.subarray(1, 1 + curve.size));
  const y = base64url(point.subarray(1 + curve.size));
  return makeKey(() => createPublicKey({ key: { kty: 'EC', crv: curve.crv, x, y }, format: 'jwk' }));
}

function spkiPublicKey(attributes: Attributes): KeyObject | undefined {
  const info = attributes.get(ATTRIBUTE.publicKeyInfo);
  if (!info?.length) return undefined;
  return makeKey(() => createPublicKey({ key: Buffer.from(info), format: 'der', type: 'spki' }));
}

/** What a token says about a public key may be nonsense; then it says nothing. */
function makeKey(make: () => KeyObject): KeyObject | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/** The public half from the private key object itself, or from the public key object with the same identifier. */
async function findPublicKey(session: TokenSession, attributes: Attributes): Promise<KeyObject | undefined> {
  const own = spkiPublicKey(attributes) ?? rsaPublicKey(attributes);
  const id = attributes.get(ATTRIBUTE.id);
  if (own !== undefined || !id?.length) return own;
  const type = session.number(attributes.get(ATTRIBUTE.keyType));
  const template = [
    { type: ATTRIBUTE.class, value: session.ulong(OBJECT_CLASS.publicKey) },
    { type: ATTRIBUTE.id, value: id },
  ];
  for (const handle of await session.find(template)) {
    const found = await session.read(handle, PUBLIC_KEY_ATTRIBUTES);
    if (session.number(found.get(ATTRIBUTE.keyType)) !== type) continue;
    const key = rsaPublicKey(found) ?? ecPublicKey(found);
    if (key !== undefined) return key;
  }
  return undefined;
}

function keyType(session: TokenSession, attributes: Attributes): KeyType | undefined {
  const type = session.number(attributes.get(ATTRIBUTE.keyType));
  if (type === KEY_TYPE.rsa) return 'rsa';
  return type === KEY_TYPE.ec ? 'ec' : undefined;
}

interface FoundKey {
  readonly handle: ObjectHandle;
  readonly attributes: Attributes;
  readonly label: string;
  readonly id: string;
}

async function listPrivateKeys(session: TokenSession, filter: readonly AttributeSlot[]): Promise<FoundKey[]> {
  const template = [{ type: ATTRIBUTE.class, value: session.ulong(OBJECT_CLASS.privateKey) }, ...filter];
  const keys: FoundKey[] = [];
  for (const handle of await session.find(template)) {
    const attributes = await session.read(handle, PRIVATE_KEY_ATTRIBUTES);
    const label = new TextDecoder().decode(attributes.get(ATTRIBUTE.label));
    keys.push({ handle, attributes, label, id: hex(attributes.get(ATTRIBUTE.id)) });
  }
  return keys;
}

function listKeys(keys: readonly FoundKey[]): string {
  return keys.map(({ label, id }) => `'${label}' (id ${id || 'none'})`).join(', ');
}

type Wish = Pick<Pkcs11Location, 'keyLabel' | 'keyId'>;

function describeWish({ keyLabel, keyId }: Wish): string {
  const parts = [
    ...(keyLabel === undefined ? [] : [`label '${keyLabel}'`]),
    ...(keyId === undefined ? [] : [`id ${keyId}`]),
  ];
  return parts.length === 0 ? '' : ` with ${parts.join(' and ')}`;
}

/** The bytes of `keyId`. Throws SigningError `key-not-found`. */
function idBytes(keyId: string): Uint8Array {
  const digits = keyId.replaceAll(':', '');
  if (!/^(?:[0-9A-Fa-f]{2})+$/.test(digits)) {
    throw new SigningError(
      'key-not-found',
      `'${keyId}' is not the id of a key: give it in hexadecimal, two digits a byte`,
    );
  }
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

/**
 * The private key that fits `wish`. When several do, and certificates were given, the one that these certificates name.
 * Throws SigningError `key-not-found` or `ambiguous-key`, both listing what is there, or `unsupported-key`.
 */
export async function findKey(session: TokenSession, wish: Wish, given: readonly Certificate[]): Promise<TokenKey> {
  const filter: AttributeSlot[] = [];
  if (wish.keyLabel !== undefined)
    filter.push({ type: ATTRIBUTE.label, value: new TextEncoder().encode(wish.keyLabel) });
  if (wish.keyId !== undefined) filter.push({ type: ATTRIBUTE.id, value: idBytes(wish.keyId) });
  const found = await listPrivateKeys(session, filter);
  const name = `token '${session.token.label}'`;
  if (found.length === 0) {
    const all = filter.length === 0 ? [] : await listPrivateKeys(session, []);
    const there = all.length === 0 ? 'it shows no private key at all' : `it holds ${listKeys(all)}`;
    throw new SigningError('key-not-found', `the ${name} has no private key${describeWish(wish)}; ${there}`);
  }
  const named = found.length === 1 ? found : await keysOf(session, found, given);
  const [chosen, another] = named;
  if (chosen === undefined || another !== undefined) {
    const message = `the ${name} has several private keys${describeWish(wish)}: ${listKeys(found)}; name one by its id`;
    throw new SigningError('ambiguous-key', message);
  }
  return await describeKey(session, chosen);
}

/** Those of `keys` for which there is a certificate. */
async function keysOf(
  session: TokenSession,
  keys: readonly FoundKey[],
  certificates: readonly Certificate[],
): Promise<FoundKey[]> {
  const named: FoundKey[] = [];
  for (const key of certificates.length === 0 ? [] : keys) {
    const publicKey = await findPublicKey(session, key.attributes);
    if (publicKey !== undefined && certificatesFor(publicKey, certificates).length > 0) named.push(key);
  }
  return named;
}

async function describeKey(session: TokenSession, { handle, attributes, label, id }: FoundKey): Promise<TokenKey> {
  const type = keyType(session, attributes);
  if (type === undefined) {
    throw new SigningError('unsupported-key', `the key '${label}' is neither RSA nor EC: make another one`);
  }
  const sign = attributes.get(ATTRIBUTE.sign);
  if (sign !== undefined && !isTrue(sign)) {
    throw new SigningError('unsupported-key', `the key '${label}' may not sign (CKA_SIGN is false): take another one`);
  }
  return {
    handle,
    label,
    id,
    type,
    publicKey: await findPublicKey(session, attributes),
    alwaysAuthenticate: isTrue(attributes.get(ATTRIBUTE.alwaysAuthenticate)),
  };
}
