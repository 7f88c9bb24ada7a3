// Opens one uploaded, signed file in an inspector process of its own. Few at a time: whoever uploads many waits.
import { type Inspector, PackageRefused } from './inspector.ts';
import type { IdentifySignerAnswer, IdentifySignerRequest } from './protocol.ts';

const AT_ONCE = 2;
const TIME_LIMIT_MS = 30_000;

/** Gives the function that examines signed files with processes of this pool. */
export function createSignedFileExaminer(
  inspector: Inspector,
): (request: {
  readonly file: Uint8Array;
  readonly challenges: readonly Uint8Array[];
  readonly at: Date;
}) => Promise<IdentifySignerAnswer> {
  let running = 0;
  const waiting: (() => void)[] = [];
  // Submissions have positive ids; these sessions belong to none.
  let lastId = 0n;

  async function examineIn(id: bigint, request: IdentifySignerRequest): Promise<IdentifySignerAnswer> {
    const signal = AbortSignal.timeout(TIME_LIMIT_MS);
    try {
      const session = await inspector.open(id);
      return await session.ask<'identifySigner'>(request, signal);
    } catch (error) {
      if (error instanceof PackageRefused) return refusal(error.message);
      if (signal.aborted) return refusal('The file could not be examined in time.');
      throw error;
    } finally {
      await inspector.release(id);
    }
  }

  return async ({ file, challenges, at }) => {
    if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    lastId -= 1n;
    try {
      return await examineIn(lastId, { operation: 'identifySigner', file, challenges, at: at.getTime() });
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}

function refusal(problem: string): IdentifySignerAnswer {
  return { problems: [problem], challenge: undefined, signer: undefined };
}
