// The driver files of a package, whichever container they are in: their names and sizes, and their bytes one by one.
import {
  type ByteSource,
  type CabinetFileSink,
  extractCabinet,
  openPackage,
  ParseError,
  readCabinet,
} from '@assay/authenticode';
import { identifyContainer } from './container.ts';
import { listDriverFiles } from './hlkx/index.ts';
import type { LayoutEntry } from './layout.ts';

const HEAD_BYTES = 512;

export interface PackageContent {
  /** The names are as they stand in the container. */
  readonly files: readonly LayoutEntry[];
  /**
   * Hands the bytes of each file to the sink that `sinkFor` gives for its position in `files`; without a sink it is passed
   * over. Throws ParseError when they are not what the container says of them.
   */
  unpack(sinkFor: (index: number) => Promise<CabinetFileSink | undefined>): Promise<void>;
}

export interface PackageContentLimits {
  /** Most files. */
  readonly files: number;
  /** Most bytes of all files together, unpacked. */
  readonly totalBytes: number;
}

async function openCabinet(source: ByteSource, limits: PackageContentLimits): Promise<PackageContent> {
  const cabinet = await readCabinet(source, limits);
  const indexOf = new Map(cabinet.files.map((file, index) => [file, index]));
  return {
    files: cabinet.files,
    async unpack(sinkFor) {
      const onFile = async (file: (typeof cabinet.files)[number]) => {
        const index = indexOf.get(file);
        return index === undefined ? undefined : await sinkFor(index);
      };
      await extractCabinet(source, cabinet, onFile, limits);
    },
  };
}

async function openHlkx(
  source: ByteSource,
  { files: mostFiles, totalBytes }: PackageContentLimits,
): Promise<PackageContent> {
  const opened = await openPackage(source, { totalBytes });
  const files = listDriverFiles(opened);
  if (files.length > mostFiles) {
    throw new ParseError('opc', 'too-many-files', `the package holds ${files.length} driver files`);
  }
  return {
    files,
    async unpack(sinkFor) {
      for (const [index, { part }] of files.entries()) {
        const sink = await sinkFor(index);
        if (sink === undefined) continue;
        try {
          for await (const chunk of opened.stream(part)) await sink.write(chunk);
        } finally {
          await sink.close();
        }
      }
    },
  };
}

/** Opens the package for unpacking. Throws ParseError when it is malformed or exceeds the limits. */
export async function openPackageContent(source: ByteSource, limits: PackageContentLimits): Promise<PackageContent> {
  const container = identifyContainer(await source.read(0, Math.min(HEAD_BYTES, source.size)));
  const { files, totalBytes } = limits;
  return await (container === 'zip' ? openHlkx : openCabinet)(source, { files, totalBytes });
}
