// Transfers of blobs that are slow or cut. An upload is read through the iterator of its request, which is replaced on that one
// request; a download is a stream that is wrapped.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultSpecification } from '../fault-specification.ts';

/** What is done to the bytes of a transfer. */
export interface TransferFaults {
  readonly bytesPerSecond?: number | undefined;
  /** Cuts after so many bytes. */
  readonly bytes?: number | undefined;
  /** Aborted when the service stops. */
  readonly stopping: AbortSignal;
}

/** The two faults as one; undefined when there is neither. */
export function transferFaults(
  slow: FaultSpecification | undefined,
  cut: FaultSpecification | undefined,
  stopping: AbortSignal,
): TransferFaults | undefined {
  if (slow === undefined && cut === undefined) return undefined;
  return { bytesPerSecond: slow?.bytesPerSecond, bytes: cut?.bytes, stopping };
}

/** Pieces a second: enough for a progress bar to move evenly. */
const PIECES_A_SECOND = 20;
const LARGEST_PIECE = 64 * 1024;

/** The same bytes, no faster than that; as fast as they go once the signal says that the service stops. */
async function* paced(
  chunks: AsyncIterable<Uint8Array>,
  bytesPerSecond: number,
  stopping: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const size = Math.min(LARGEST_PIECE, Math.max(1, Math.floor(bytesPerSecond / PIECES_A_SECOND)));
  let due = performance.now();
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += size) {
      const piece = chunk.subarray(start, start + size);
      due = Math.max(due, performance.now() - 1000 / PIECES_A_SECOND) + (piece.length / bytesPerSecond) * 1000;
      const wait = due - performance.now();
      if (wait > 0 && !stopping.aborted) await sleep(wait, undefined, { signal: stopping }).catch(() => undefined);
      yield piece;
    }
  }
}

/** The first bytes; then `cut` is called, and nothing comes any more. */
async function* beginning(
  chunks: AsyncIterable<Uint8Array>,
  bytes: number,
  cut: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (chunk.length <= left) {
      left -= chunk.length;
      yield chunk;
      continue;
    }
    if (left > 0) yield chunk.subarray(0, left);
    await cut();
    throw new Error('A fault of the rehearsal cut the transfer.');
  }
}

function altered(
  chunks: AsyncIterable<Uint8Array>,
  { bytesPerSecond, bytes, stopping }: TransferFaults,
  cut: () => Promise<void>,
): AsyncIterable<Uint8Array> {
  const slowed = bytesPerSecond === undefined ? chunks : paced(chunks, bytesPerSecond, stopping);
  return bytes === undefined ? slowed : beginning(slowed, bytes, cut);
}

/** Makes the body of this request arrive slowly, or break off. To be called before anybody reads it. */
export function alterUpload(request: IncomingMessage, faults: TransferFaults, onCut: () => void): void {
  const iterate = request.iterator.bind(request);
  const cut = async (): Promise<void> => {
    onCut();
    request.socket.destroy();
  };
  request.iterator = (options) => {
    const chunks = altered(iterate(options), faults, cut);
    return chunks[Symbol.asyncIterator]() as AsyncGenerator<Uint8Array> as ReturnType<IncomingMessage['iterator']>;
  };
}

/** How long it is waited for bytes to leave before the connection is cut, in milliseconds. */
const FLUSH_MS = 1_000;
const FLUSH_LOOK_MS = 5;

/** Waits until what was written has left the process. */
async function flushed(response: ServerResponse): Promise<void> {
  for (let waited = 0; waited < FLUSH_MS; waited += FLUSH_LOOK_MS) {
    await sleep(FLUSH_LOOK_MS);
    const { socket } = response;
    if (socket === null || socket.destroyed || (response.writableLength === 0 && socket.writableLength === 0)) return;
  }
}

/** A download that leaves slowly, or breaks off. */
export function alterDownload(
  content: Readable | Uint8Array,
  response: ServerResponse,
  faults: TransferFaults,
): Readable {
  const cut = async (): Promise<void> => {
    await flushed(response);
    response.socket?.destroy();
  };
  const chunks = content instanceof Readable ? content : Readable.from([content], { objectMode: false });
  const download = Readable.from(altered(chunks, faults, cut), { objectMode: false });
  // A generator that was never begun frees nothing when it ends: the client may leave before the first byte.
  return download.once('close', () => chunks.destroy());
}
