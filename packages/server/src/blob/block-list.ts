// The XML of Put Block List and Get Block List (learn.microsoft.com/rest/api/storageservices/put-block-list). The document is
// a flat list of three elements, so it is read by a scanner for exactly that: no entities, no document type, no nesting.
import type { BlobLists } from './blob-store.ts';
import type { BlockReference } from './block-assembly.ts';
import type { CommittedBlock } from './content-files.ts';
import { BlobError, escapeXml } from './errors.ts';

/** Largest request body in bytes: 50,000 entries with ids of 64 bytes take a little over five million. */
export const MAXIMUM_BLOCK_LIST_SIZE = 8 * 1024 * 1024;
/** Longest block id in bytes, before base64. */
const MAXIMUM_BLOCK_ID_LENGTH = 64;

const LISTS: Readonly<Record<string, BlockReference['list']>> = {
  Committed: 'committed',
  Uncommitted: 'uncommitted',
  Latest: 'latest',
};

const PROLOGUE = /^\uFEFF?\s*(?:<\?xml\s[^<>]*\?>)?\s*<BlockList\s*/;
const EMPTY_ROOT = /^\/>\s*$/;
const ENTRY = /\s*<(Committed|Uncommitted|Latest)\s*>\s*([A-Za-z0-9+/=]*)\s*<\/\1\s*>/y;
const END = /\s*<\/BlockList\s*>\s*/y;

/** Whether the text is base64 of 1 to 64 bytes, spelt as an encoder would spell it. */
export function isBlockId(text: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return false;
  const { length } = Buffer.from(text, 'base64');
  return length >= 1 && length <= MAXIMUM_BLOCK_ID_LENGTH;
}

/** Reads the body of Put Block List. Throws BlobError InvalidXmlDocument, or InvalidBlockList for an id that none can have. */
export function parseBlockList(document: Uint8Array): BlockReference[] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(document);
  } catch {
    throw new BlobError('InvalidXmlDocument');
  }
  const prologue = PROLOGUE.exec(text);
  if (!prologue) throw new BlobError('InvalidXmlDocument');
  const rest = text.slice(prologue[0].length);
  if (EMPTY_ROOT.test(rest)) return [];
  if (!rest.startsWith('>')) throw new BlobError('InvalidXmlDocument');

  const blocks: BlockReference[] = [];
  let position = 1;
  for (;;) {
    ENTRY.lastIndex = position;
    const entry = ENTRY.exec(rest);
    if (!entry) break;
    const [whole, element = '', id = ''] = entry;
    const list = LISTS[element];
    if (!list) throw new BlobError('InvalidXmlDocument');
    if (!isBlockId(id)) throw new BlobError('InvalidBlockList');
    blocks.push({ id, list });
    position += whole.length;
  }
  END.lastIndex = position;
  const end = END.exec(rest);
  if (!end || position + end[0].length !== rest.length) throw new BlobError('InvalidXmlDocument');
  return blocks;
}

function renderBlocks(element: string, blocks: readonly CommittedBlock[]): string {
  const entries = blocks.map(({ id, length }) => `<Block><Name>${escapeXml(id)}</Name><Size>${length}</Size></Block>`);
  return `<${element}>${entries.join('')}</${element}>`;
}

/**
 * Writes the body of Get Block List.
 *
 * @param type `blocklisttype`: `committed`, `uncommitted` or `all`
 */
export function renderBlockList(lists: BlobLists, type: string): string {
  const parts = [
    type === 'uncommitted' ? '' : renderBlocks('CommittedBlocks', lists.committed),
    type === 'committed' ? '' : renderBlocks('UncommittedBlocks', lists.uncommitted),
  ];
  return `<?xml version="1.0" encoding="utf-8"?><BlockList>${parts.join('')}</BlockList>`;
}
