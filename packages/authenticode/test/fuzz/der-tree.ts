// DER as a tree that can be damaged and written again with right lengths, so that damage reaches the readers of what is
// inside. Written for tests alone: it shares nothing with the reader that it tests.

export interface DerNode {
  tag: number;
  /** Children of a constructed element, and of an OCTET STRING that holds DER; otherwise the content octets. */
  content: Uint8Array | DerNode[];
}

const MAXIMUM_DEPTH = 40;
const OCTET_STRING = 0x04;

function readNodes(bytes: Uint8Array, depth: number): DerNode[] | undefined {
  if (depth > MAXIMUM_DEPTH) return undefined;
  const nodes: DerNode[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1];
    if (length === undefined || (tag & 0x1f) === 0x1f) return undefined;
    let start = at + 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 3) return undefined;
      length = 0;
      for (const octet of bytes.subarray(start, start + count)) length = length * 256 + octet;
      start += count;
    }
    const value = bytes.subarray(start, start + length);
    if (value.length !== length) return undefined;
    const mayNest = (tag & 0x20) !== 0 || (tag === OCTET_STRING && length > 1);
    const children = mayNest ? readNodes(value, depth + 1) : undefined;
    nodes.push({ tag, content: children ?? value });
    at = start + length;
  }
  return nodes;
}

/** The tree of bytes that are one DER element; undefined for anything else. */
export function readDerTree(bytes: Uint8Array): DerNode | undefined {
  const nodes = bytes[0] === 0x30 ? readNodes(bytes, 0) : undefined;
  return nodes?.length === 1 ? nodes[0] : undefined;
}

function encodedLength(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

/** DER of the tree. */
export function writeDerTree({ tag, content }: DerNode): Uint8Array {
  const parts = content instanceof Uint8Array ? [content] : content.map(writeDerTree);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return new Uint8Array(Buffer.concat([Uint8Array.from([tag, ...encodedLength(length)]), ...parts]));
}

/** Every node but the root, with the list that it stands in. */
export function placesOf(root: DerNode): { list: DerNode[]; index: number }[] {
  const places: { list: DerNode[]; index: number }[] = [];
  const queue = [root];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (node.content instanceof Uint8Array) continue;
    for (const [index, child] of node.content.entries()) {
      places.push({ list: node.content, index });
      queue.push(child);
    }
  }
  return places;
}
