// `assay signature`: takes signatures out of files, puts them into files, removes them, and makes them in two steps where
// the key is on another machine.
import { readFile } from 'node:fs/promises';
import {
  type Certificate,
  type DigestAlgorithm,
  parseCertificate,
  parsePemCertificates,
  prepareFileSignature,
  requireSignableFile,
  rewrittenSource,
} from '@assay/authenticode';
import { Command, InvalidArgumentError, Option } from 'commander';
import { refuseExisting, writeAtomically } from '../atomic-file.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { rewriteFile } from '../signing/rewrite-file.ts';
import { describeSigned } from '../signing/signed-file.ts';
import { withFile } from '../with-file.ts';

interface OutOptions extends OutputOptions {
  readonly out?: string;
  readonly force?: boolean;
}

interface PrepareOptions {
  readonly certificate: string;
  readonly digest: DigestAlgorithm;
  readonly append?: boolean;
  readonly pageHashes?: boolean;
  readonly programName?: string;
  readonly url?: string;
}

function print(fields: Readonly<Record<string, string | number | undefined>>, options: OutputOptions): Promise<void> {
  return printResult(fields, { fields }, options);
}

async function writeOut(path: string, force: boolean, bytes: Uint8Array): Promise<void> {
  await writeAtomically(path, force, (handle) => handle.writeFile(bytes));
}

async function extract(
  path: string,
  options: OutOptions & { readonly out: string; readonly index: number },
): Promise<void> {
  await refuseExisting(options.out, options.force === true);
  const signatures = await withFile(path, async (source) => (await requireSignableFile(source)).readSignatures(source));
  const signature = signatures[options.index - 1];
  if (signature === undefined) {
    const count = signatures.length === 0 ? 'is not signed' : `has ${signatures.length} signature(s) in its table`;
    throw new CommandError(EXIT.notFound, `${path} ${count}; there is no number ${options.index}.`);
  }
  await writeOut(options.out, options.force === true, signature);
  await print({ file: path, signature: options.out, bytes: signature.length }, options);
}

async function attach(path: string, signaturePath: string, options: OutOptions & { append?: boolean }): Promise<void> {
  if (options.out !== undefined) await refuseExisting(options.out, options.force === true);
  const signature = new Uint8Array(await readFile(signaturePath));
  const target = { path, out: options.out, force: options.force === true };
  const { file } = await rewriteFile(target, async (source) => {
    const format = await requireSignableFile(source);
    const opened = format.openSignature(signature);
    const fault = opened.checkGenuine();
    if (fault !== undefined) throw new CommandError(EXIT.validationFailed, `${signaturePath}: ${fault}.`);
    const rewrite = await format.embedSignature(source, signature, options.append === true ? 'append' : 'replace');
    const result = rewrittenSource(source, rewrite);
    const difference = await opened.checkContent(result);
    if (difference !== undefined) {
      throw new CommandError(EXIT.validationFailed, `The signature is not one of this file: ${difference}.`);
    }
    return { rewrite, file: await describeSigned(result, options.out ?? path) };
  });
  await print({ ...file }, options);
}

async function remove(path: string, options: OutOptions): Promise<void> {
  if (options.out !== undefined) await refuseExisting(options.out, options.force === true);
  const target = { path, out: options.out, force: options.force === true };
  const { removed } = await rewriteFile(target, async (source) => {
    const format = await requireSignableFile(source);
    const { length } = await format.readSignatures(source);
    return { rewrite: await format.removeSignatures(source), removed: length };
  });
  await print({ file: options.out ?? path, removed }, options);
}

/** The leaf and its issuers, from PEM or DER. */
async function readCertificates(path: string): Promise<readonly [Certificate, ...Certificate[]]> {
  const bytes = await readFile(path);
  const certificates =
    bytes[0] === 0x30 ? [parseCertificate(new Uint8Array(bytes))] : parsePemCertificates(bytes.toString('utf8'));
  const [leaf, ...chain] = certificates;
  if (leaf === undefined) throw new CommandError(EXIT.usage, `${path} holds no certificate.`);
  return [leaf, ...chain];
}

async function toPreparation(options: PrepareOptions) {
  const [certificate, ...chain] = await readCertificates(options.certificate);
  return {
    certificate,
    chain,
    digestAlgorithm: options.digest,
    mode: options.append === true ? ('append' as const) : ('replace' as const),
    pageHashes: options.pageHashes === true,
    ...(options.programName === undefined ? {} : { programName: options.programName }),
    ...(options.url === undefined ? {} : { moreInfoUrl: options.url }),
  };
}

async function prepare(path: string, options: OutOptions & PrepareOptions & { readonly out: string }): Promise<void> {
  await refuseExisting(options.out, options.force === true);
  const preparation = await toPreparation(options);
  const { toBeSigned } = await withFile(path, (source) => prepareFileSignature(source, preparation));
  await writeOut(options.out, options.force === true, toBeSigned);
  await print({ file: path, toBeSigned: options.out, bytes: toBeSigned.length, digest: options.digest }, options);
}

async function complete(path: string, valuePath: string, options: OutOptions & PrepareOptions): Promise<void> {
  if (options.out !== undefined) await refuseExisting(options.out, options.force === true);
  const value = new Uint8Array(await readFile(valuePath));
  const preparation = await toPreparation(options);
  const target = { path, out: options.out, force: options.force === true };
  const { file } = await rewriteFile(target, async (source) => {
    const { finish } = await prepareFileSignature(source, preparation);
    const rewrite = await finish(value);
    return { rewrite, file: await describeSigned(rewrittenSource(source, rewrite), options.out ?? path) };
  });
  await print({ ...file }, options);
}

function parseIndex(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Write a number from 1.');
  return Number(text);
}

function addOutput(command: Command, inPlace: boolean): Command {
  if (inPlace) command.option('--out <file>', 'write the result here instead of in place');
  return addOutputOptions(command.option('--force', 'replace --out when it exists'));
}

function addPreparation(command: Command): Command {
  return command
    .requiredOption('--certificate <file>', 'certificate of the key, PEM (with its issuers) or DER')
    .addOption(
      new Option('--digest <algorithm>', 'digest of file and signature')
        .choices(['sha256', 'sha384', 'sha512', 'sha1'])
        .default('sha256'),
    )
    .option('--append', 'the signature will be added to those that are there')
    .option('--page-hashes', 'list the digest of each page of an image as well')
    .option('--program-name <text>', 'name written into the signature')
    .option('--url <url>', 'where to read more, written into the signature');
}

export function signatureCommand(): Command {
  return new Command('signature')
    .addCommand(
      addOutput(
        new Command('extract')
          .description('write a signature of the file (PKCS#7 DER; XML for HLKX) into a file of its own')
          .argument('<file>')
          .requiredOption('--out <file>', 'where the signature goes')
          .option('--index <number>', 'which one, when there are several', parseIndex, 1),
        false,
      ).action(extract),
    )
    .addCommand(
      addOutput(
        new Command('attach')
          .description('put a signature that was made elsewhere into the file; it must be one of this file')
          .argument('<file>')
          .argument('<signature>', 'as assay signature extract writes it')
          .option('--append', 'add it to those that are there'),
        true,
      ).action(attach),
    )
    .addCommand(
      addOutput(new Command('remove').description('remove every signature').argument('<file>'), true).action(remove),
    )
    .addCommand(
      addOutput(
        addPreparation(
          new Command('prepare')
            .description('write what has to be signed, so that it can be signed where the key is')
            .argument('<file>')
            .requiredOption('--out <file>', 'where the bytes to be signed go'),
        ),
        false,
      ).action(prepare),
    )
    .addCommand(
      addOutput(
        addPreparation(
          new Command('finish')
            .description('put the signature value into the file; pass the same options as to prepare')
            .argument('<file>')
            .argument('<value>', 'file with the signature value: RSA PKCS#1 v1.5, or ECDSA in DER'),
        ),
        true,
      ).action(complete),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  assay signature extract echo.sys --out echo.p7\n\nSigning where the key is:\n  assay signature prepare echo.sys --certificate ev.pem --out echo.tbs\n  openssl dgst -sha256 -sign ev.key -out echo.sig echo.tbs\n  assay signature finish echo.sys echo.sig --certificate ev.pem',
    );
}
