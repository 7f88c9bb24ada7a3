// Cabinets ([MS-CAB]): reading, extracting and writing them, and their Authenticode signatures.
export { type Cabinet, readCabinet } from './cabinet.ts';
export { cabinet } from './cabinet-signature.ts';
export { type CabinetFileSink, extractCabinet, type OnCabinetFile } from './extract.ts';
export type { CabinetFile } from './file.ts';
export type { CabinetCompression, CabinetFolder } from './folder.ts';
export { type CabinetReserve, isCabinet } from './header.ts';
export { type CabinetLimits, DEFAULT_CABINET_LIMITS } from './limits.ts';
export { type CabinetInputFile, type WriteCabinetOptions, writeCabinet } from './write.ts';
