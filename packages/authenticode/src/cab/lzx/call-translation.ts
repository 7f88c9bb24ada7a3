// E8 call translation ([MS-PATCH] 2): a compressor may turn the relative targets of x86 CALL instructions into absolute
// ones, which repeat more often. Here they become relative again.
import { viewOf } from '../../bytes.ts';
import { FRAME_BYTES } from './positions.ts';

const CALL = 0xe8;
/** An E8 this close to the end of a frame, or closer, is left alone. */
const UNTRANSLATED_END = 10;
/** Only the first 2^30 bytes of a folder are translated. */
const TRANSLATED_FRAMES = 32_768;

/** Translates a frame in place. `start` is its offset in the folder, `translationSize` what the stream gives as file size. */
export function translateCalls(frame: Uint8Array, start: number, translationSize: number): void {
  if (start >= TRANSLATED_FRAMES * FRAME_BYTES) return;
  const view = viewOf(frame);
  const end = frame.length - UNTRANSLATED_END;
  for (let index = frame.indexOf(CALL); index >= 0 && index < end; index = frame.indexOf(CALL, index + 5)) {
    const position = start + index;
    const absolute = view.getInt32(index + 1, true);
    if (absolute < -position || absolute >= translationSize) continue;
    view.setInt32(index + 1, absolute >= 0 ? absolute - position : absolute + translationSize, true);
  }
}
