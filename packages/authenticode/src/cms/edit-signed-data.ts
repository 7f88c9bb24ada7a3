// Adds to the unauthenticated attributes of a signature that exists. No signature covers them; everything else keeps its
// bytes.
import { concatBytes } from '../bytes.ts';
import { contextConstructed, type DerElement, decodeDer, readOid, TAG, write } from '../der/index.ts';
import { ParseError } from '../errors.ts';

const UNAUTHENTICATED = contextConstructed(1);

/** The element with its content replaced. */
function withValue(element: DerElement, parts: readonly Uint8Array[]): Uint8Array {
  return write.element(element.tag, concatBytes(parts));
}

/** The attribute SET with one more value, in an attribute of this type that is there or in a new one. */
function addToAttributes(attributes: readonly DerElement[], type: string, value: Uint8Array): Uint8Array {
  let added = false;
  const encoded = attributes.map((attribute) => {
    const parts = attribute.parts(TAG.sequence, 'an attribute');
    const typeElement = parts.next('type');
    const values = parts.next('values').expect(TAG.set, 'the values of an attribute');
    if (added || readOid(typeElement, 'the type of an attribute') !== type) return attribute.bytes;
    added = true;
    return write.sequence([typeElement.bytes, write.setOf([...values.children().map(({ bytes }) => bytes), value])]);
  });
  if (!added) encoded.push(write.sequence([write.oid(type), write.setOf([value])]));
  return write.contextExplicit(1, ...write.sortedForSet(encoded));
}

/**
 * The ContentInfo `signature` with `value` (DER) added under `type` to the unauthenticated attributes of its first signer.
 * Throws ParseError when it is not SignedData or has no signer.
 */
export function addUnauthenticatedAttribute(signature: Uint8Array, type: string, value: Uint8Array): Uint8Array {
  const contentInfo = decodeDer(signature).expect(TAG.sequence, 'the ContentInfo');
  const [contentType, explicit, ...rest] = contentInfo.children();
  const signedData = explicit?.expect(contextConstructed(0), 'the content of the ContentInfo').inner();
  const signers = signedData?.expect(TAG.sequence, 'the SignedData').children().at(-1);
  const [signer, ...otherSigners] = signers?.expect(TAG.set, 'the signers').children() ?? [];
  if (contentType === undefined || explicit === undefined || signedData === undefined || signer === undefined) {
    throw new ParseError('cms', 'no-signer', 'the SignedData has no signer to which something could be added');
  }
  const parts = signer.expect(TAG.sequence, 'the SignerInfo').children();
  const last = parts.at(-1);
  const existing = last?.tag === UNAUTHENTICATED ? last : undefined;
  const kept = existing === undefined ? parts : parts.slice(0, -1);
  const newSigner = withValue(signer, [
    ...kept.map(({ bytes }) => bytes),
    addToAttributes(existing?.children() ?? [], type, value),
  ]);
  const newSigners = write.setOf([newSigner, ...otherSigners.map(({ bytes }) => bytes)]);
  const newSignedData = withValue(signedData, [
    ...signedData
      .children()
      .slice(0, -1)
      .map(({ bytes }) => bytes),
    newSigners,
  ]);
  return withValue(contentInfo, [
    contentType.bytes,
    withValue(explicit, [newSignedData]),
    ...rest.map(({ bytes }) => bytes),
  ]);
}
