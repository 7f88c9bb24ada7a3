// LZX as cabinets hold it ([MS-CAB] names it; the stream is the one of [MS-PATCH] 2 without its chunk sizes).
export { createLzxDecoder, type LzxDecoder } from './decoder.ts';
export { isWindowBits } from './positions.ts';
