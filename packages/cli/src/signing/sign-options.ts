// The options that say how a signature is made, the same for every command that signs.
import type { DigestAlgorithm, SigningRequest } from '@assay/authenticode';
import { type Command, Option } from 'commander';
import type { Progress } from '../progress.ts';

export interface SignOptions {
  readonly digest: DigestAlgorithm;
  readonly append?: boolean;
  readonly pageHashes?: boolean;
  readonly timestamp: readonly string[];
  readonly programName?: string;
  readonly url?: string;
}

/** Adds the options to a command. */
export function addSignOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--digest <algorithm>', 'digest of file and signature')
        .choices(['sha256', 'sha384', 'sha512', 'sha1'])
        .default('sha256'),
    )
    .option(
      '--timestamp <url>',
      'RFC 3161 authority that stamps the signature; repeat it for others to fall back on',
      (url, urls: string[]) => [...urls, url],
      [],
    )
    .option('--program-name <text>', 'name of the program, or of who submits it, written into the signature')
    .option('--url <url>', 'where to read more, written into the signature');
}

/** The request that the options stand for, without its key. */
export async function toSigningRequest(options: SignOptions, progress: Progress): Promise<Omit<SigningRequest, 'key'>> {
  const { timestamp, programName, url } = options;
  const request: Omit<SigningRequest, 'key'> = {
    digestAlgorithm: options.digest,
    mode: options.append === true ? 'append' : 'replace',
    pageHashes: options.pageHashes === true,
    ...(programName === undefined ? {} : { programName }),
    ...(url === undefined ? {} : { moreInfoUrl: url }),
  };
  if (timestamp.length === 0) return request;
  const { createTimestamper, httpTimestampTransport } = await import('@assay/authenticode');
  const timestamper = createTimestamper({
    urls: timestamp,
    send: httpTimestampTransport(),
    onAttempt: ({ url, failure }) => {
      if (failure !== undefined) progress.note(`no time stamp from ${url}: ${failure}`);
    },
  });
  return { ...request, timestamper };
}
