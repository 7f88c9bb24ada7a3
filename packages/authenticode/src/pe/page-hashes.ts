// Page hashes: the digest of each page of an image as it is loaded, so that Windows can check pages one by one. They are
// listed in the signature as (u32 file offset, digest) entries: the headers, the pages of each section in the order of the
// section table, and an entry without digest at the end of the last section.
import { Buffer } from 'node:buffer';
import { createHash, hash } from 'node:crypto';
import { viewOf } from '../bytes.ts';
import { DIGEST_ALGORITHMS, type DigestAlgorithm } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import type { FileRange, PeImage } from './image.ts';
import type { Chunk } from './read-ahead.ts';

/** The algorithms that page hashes have object identifiers for. */
export type PageHashAlgorithm = 'sha1' | 'sha256';

/** The algorithm of the page hashes in a signature whose file digest has this one: never anything above SHA-256. */
export function pageHashAlgorithmFor(digestAlgorithm: DigestAlgorithm): PageHashAlgorithm {
  return digestAlgorithm === 'sha1' ? 'sha1' : 'sha256';
}

/** Bytes of the file offset in an entry. */
const OFFSET_BYTES = 4;
/** Pages are as large as sections are aligned; the largest that any processor has. */
const MAXIMUM_PAGE_BYTES = 4 * 1024 * 1024;
const MINIMUM_PAGE_BYTES = 512;
/** Entries for an image of 4 GiB in pages of 4 KiB, each section with a page that is not full. */
const MAXIMUM_PAGES = 1024 * 1024 + 256;

interface PagedSection {
  readonly raw: FileRange;
  /** Index of its first page among the entries. */
  readonly firstEntry: number;
}

/** Which pages an image has, and which entry is whose. */
export interface PagePlan {
  readonly pageSize: number;
  readonly sizeOfHeaders: number;
  /** Sections that have bytes, in the order of the file. */
  readonly sections: readonly PagedSection[];
  /** How many entries there are, first and last included. */
  readonly entryCount: number;
  /** What the last entry says: the end of the last section in the table that has bytes. */
  readonly endOfSections: number;
}

/**
 * Plans the pages of an image. Throws ParseError `no-pages` when its alignment or its sections do not allow any: Windows'
 * rule for headers larger than a page, or for sections that share bytes, is not known.
 */
export function planPages(image: PeImage): PagePlan {
  const { sectionAlignment: pageSize, sizeOfHeaders, sectionAlignmentOffset } = image;
  const refuse = (why: string) => new ParseError('pe', 'no-pages', `page hashes cannot be listed: ${why}`);
  const isPowerOf2 = (pageSize & (pageSize - 1)) === 0;
  if (pageSize < MINIMUM_PAGE_BYTES || pageSize > MAXIMUM_PAGE_BYTES || !isPowerOf2 || pageSize < sizeOfHeaders) {
    const message = `page hashes cannot be listed: sections aligned to ${pageSize} bytes, with ${sizeOfHeaders} bytes of headers, make no pages`;
    throw new ParseError('pe', 'no-pages', message, sectionAlignmentOffset);
  }
  const sections: PagedSection[] = [];
  let entryCount = 1;
  let endOfSections = 0;
  for (const { raw } of image.sections) {
    if (raw.size === 0) continue;
    sections.push({ raw, firstEntry: entryCount });
    entryCount += Math.ceil(raw.size / pageSize);
    endOfSections = raw.offset + raw.size;
  }
  if (sections.length === 0) throw refuse('the image has no sections');
  if (entryCount > MAXIMUM_PAGES) throw refuse(`${entryCount} pages are too many`);
  sections.sort((a, b) => a.raw.offset - b.raw.offset);
  for (const [index, { raw }] of sections.entries()) {
    const next = sections[index + 1]?.raw.offset;
    if (next !== undefined && raw.offset + raw.size > next)
      throw refuse(`two sections share the bytes from ${next} on`);
  }
  return { pageSize, sizeOfHeaders, sections, entryCount: entryCount + 1, endOfSections };
}

/** Size in bytes of the list that a plan leads to. */
export function pageListSize({ entryCount }: PagePlan, algorithm: PageHashAlgorithm): number {
  return entryCount * (OFFSET_BYTES + DIGEST_ALGORITHMS[algorithm].size);
}

/** Makes the list from chunks of the file, which must come in order and without gaps. */
export class PageHasher {
  readonly #plan: PagePlan;
  readonly #algorithm: PageHashAlgorithm;
  readonly #entrySize: number;
  readonly #list: Buffer;
  /** A page that is spread over two chunks, or not full. */
  readonly #page: Uint8Array;
  #pageFill = 0;
  /** Index of the section that is being read, and how far. */
  #section = 0;
  #done = 0;

  /** `headers` are the parts of the headers that the digest of the image covers. */
  constructor(plan: PagePlan, algorithm: PageHashAlgorithm, headers: readonly Uint8Array[]) {
    this.#plan = plan;
    this.#algorithm = algorithm;
    this.#entrySize = OFFSET_BYTES + DIGEST_ALGORITHMS[algorithm].size;
    this.#list = Buffer.alloc(pageListSize(plan, algorithm));
    this.#page = new Uint8Array(plan.pageSize);
    const first = createHash(algorithm);
    for (const part of headers) first.update(part);
    // The fields that are left out are not made up for: this page is digested 12 bytes short.
    first.update(new Uint8Array(plan.pageSize - plan.sizeOfHeaders));
    this.#set(0, 0, first.digest('latin1'));
    this.#set(plan.entryCount - 1, plan.endOfSections);
  }

  add({ offset, bytes }: Chunk): void {
    const end = offset + bytes.length;
    for (;;) {
      const raw = this.#plan.sections[this.#section]?.raw;
      if (raw === undefined) return;
      const from = raw.offset + this.#done;
      if (from >= end) return;
      const until = Math.min(end, raw.offset + raw.size);
      this.#addToSection(bytes.subarray(from - offset, until - offset));
      if (this.#done < raw.size) return;
      this.#endSection();
    }
  }

  /** The list; every section must have been added. */
  finish(): Uint8Array {
    if (this.#section < this.#plan.sections.length) throw new RangeError('the image was not read to its end');
    return new Uint8Array(this.#list.buffer, this.#list.byteOffset, this.#list.length);
  }

  #addToSection(bytes: Uint8Array): void {
    const { pageSize } = this.#plan;
    let at = 0;
    while (at < bytes.length) {
      if (this.#pageFill === 0 && bytes.length - at >= pageSize) {
        this.#endPage(bytes.subarray(at, at + pageSize));
        this.#done += pageSize;
        at += pageSize;
      } else {
        const taken = Math.min(pageSize - this.#pageFill, bytes.length - at);
        this.#page.set(bytes.subarray(at, at + taken), this.#pageFill);
        this.#pageFill += taken;
        this.#done += taken;
        at += taken;
        if (this.#pageFill === pageSize) {
          this.#endPage(this.#page, pageSize);
          this.#pageFill = 0;
        }
      }
    }
  }

  #endSection(): void {
    if (this.#pageFill > 0) {
      this.#page.fill(0, this.#pageFill);
      this.#endPage(this.#page, this.#pageFill);
    }
    this.#pageFill = 0;
    this.#done = 0;
    this.#section += 1;
  }

  /** Notes the digest of a page; `counted` of its bytes are counted as read already. */
  #endPage(page: Uint8Array, counted = 0): void {
    const section = this.#plan.sections[this.#section];
    if (section === undefined) throw new RangeError('the page belongs to no section');
    const start = this.#done - counted;
    const entry = section.firstEntry + start / this.#plan.pageSize;
    // As a string, since a hundred thousand small Buffers take longer to make than to fill.
    this.#set(entry, section.raw.offset + start, hash(this.#algorithm, page, 'latin1'));
  }

  /** Writes an entry; `digest` holds a byte in each character, and stays zero when absent. */
  #set(entry: number, offset: number, digest = ''): void {
    const at = entry * this.#entrySize;
    this.#list.writeUint32LE(offset, at);
    this.#list.write(digest, at + OFFSET_BYTES, 'latin1');
  }
}

/**
 * What differs between the page hashes that a signature states and those of the image, naming the first page; undefined
 * when nothing does.
 */
export function comparePageHashes(
  algorithm: PageHashAlgorithm,
  stated: Uint8Array,
  actual: Uint8Array,
): string | undefined {
  if (Buffer.compare(stated, actual) === 0) return undefined;
  if (stated.length !== actual.length) {
    return `the signature lists ${stated.length} bytes of page hashes, the image needs ${actual.length}`;
  }
  const size = OFFSET_BYTES + DIGEST_ALGORITHMS[algorithm].size;
  for (let at = 0; at < actual.length; at += size) {
    if (Buffer.compare(stated.subarray(at, at + size), actual.subarray(at, at + size)) === 0) continue;
    const offset = viewOf(actual).getUint32(at, true);
    return `the page at byte ${offset} of the file is not the one whose ${algorithm} hash the signature lists`;
  }
  return undefined;
}
