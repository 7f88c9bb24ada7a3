// Front door of PE images.
export { computePageHashes, computePeDigests } from './digest.ts';
export { type FileRange, type PeImage, type PeSection, readPeImage } from './image.ts';
export { machineName, PE_MACHINES } from './machines.ts';
export type { PageHashAlgorithm } from './page-hashes.ts';
export { pe } from './signable-pe.ts';
export { readSymbolFileName } from './symbol-file.ts';
