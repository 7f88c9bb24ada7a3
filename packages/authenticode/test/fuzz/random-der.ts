// Random DER trees: well-formed elements of every type around arbitrary content, a part of them with wrong lengths.
import fc from 'fast-check';
import { type DerNode, writeDerTree } from './der-tree.ts';

const primitiveTag = fc.constantFrom(
  0x01,
  0x02,
  0x03,
  0x04,
  0x05,
  0x06,
  0x0c,
  0x12,
  0x13,
  0x14,
  0x16,
  0x17,
  0x18,
  0x1a,
  0x1c,
  0x1e,
  0x80,
  0x81,
  0x82,
);
const constructedTag = fc.constantFrom(0x30, 0x31, 0xa0, 0xa1, 0xa3, 0x24);

const { node } = fc.letrec<{ node: DerNode; leaf: DerNode; branch: DerNode }>((tie) => ({
  node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('leaf'), tie('branch')),
  leaf: fc.record({ tag: primitiveTag, content: fc.uint8Array({ maxLength: 24 }) }),
  branch: fc.record({ tag: constructedTag, content: fc.array(tie('node'), { maxLength: 5 }) }),
}));

/** DER of a random tree under a SEQUENCE; sometimes with one octet changed. */
export const randomDer: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.array(node, { maxLength: 6 }), fc.option(fc.tuple(fc.nat(4096), fc.nat(255)), { freq: 3 }))
  .map(([content, change]) => {
    const bytes = writeDerTree({ tag: 0x30, content });
    if (change !== null) bytes[change[0] % bytes.length] = change[1];
    return bytes;
  });
