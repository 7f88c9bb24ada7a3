// The sentences that the check of a package gives to people: what was found, and what to do about it.
import type { CatalogEntry } from '../catalog/index.ts';
import type { EntryWithoutFile, LineEndings, PackageFileCheck } from './package-check.ts';

interface Told {
  readonly explanation: string;
  readonly remedy: string | undefined;
}

/** Names in quotation marks, as in "'a.sys' and 'b.sys'". */
function quoted(names: readonly string[]): string {
  return new Intl.ListFormat('en').format(names.map((name) => `'${name}'`));
}

/** The extension of a path as a pattern for .gitattributes. */
function gitPattern(path: string): string {
  return /\.[^./\\]+$/.exec(path)?.[0].replace(/^/, '*').toLowerCase() ?? path;
}

export function tellListed(names: readonly string[]): Told {
  const under = names.length === 0 ? ', without a name' : '';
  return { explanation: `the catalog lists this content${under}`, remedy: undefined };
}

export function tellNameDiffers(path: string, names: readonly string[]): Told {
  return {
    explanation: `the catalog lists this content, but as ${quoted(names)}`,
    remedy: `Give '${path}' the name under which it is listed, or make the catalog anew.`,
  };
}

export function tellLineEndings(path: string, expected: LineEndings, otherNames: readonly string[]): Told {
  const found = expected === 'CRLF' ? 'LF' : 'CRLF';
  const as = otherNames.length === 0 ? '' : ` (as ${quoted(otherNames)})`;
  const attribute = `${gitPattern(path)} text eol=${expected.toLowerCase()}`;
  return {
    explanation: `the file has ${found} line endings, and the catalog lists the same text with ${expected}${as}`,
    remedy:
      `Most often git has checked the file out with ${found} while the catalog was made from ${expected}: put ` +
      `\`${attribute}\` into .gitattributes and check it out again, or make the catalog anew.`,
  };
}

/** `unreadable` says why the file could not be digested as what it begins as. */
export function tellMissing(
  path: string,
  facts: { readonly sameName: boolean; readonly unreadable: string | undefined },
): Told {
  const anew = `Make the catalog anew from the files as they are now, and sign it again.`;
  if (facts.unreadable !== undefined) {
    return {
      explanation: `the catalog does not list this content; the file is damaged: ${facts.unreadable}`,
      remedy: `Build or copy '${path}' again.`,
    };
  }
  if (facts.sameName) {
    return {
      explanation:
        'the catalog lists a file of this name with other content: it was changed after the catalog was made',
      remedy: `Put back the file that the catalog was made from. Or: ${anew}`,
    };
  }
  return {
    explanation: 'the catalog lists neither this content nor a file of this name',
    remedy: `Leave '${path}' out of the package if it does not belong there. Or: ${anew}`,
  };
}

export function tellEntryWithoutFile({ fileName }: CatalogEntry, changedFile: string | undefined): string {
  const what = fileName === undefined ? 'a file without a name' : `'${fileName}'`;
  return changedFile === undefined
    ? `the catalog lists ${what}, and no file of the package has that content`
    : `the catalog lists ${what} with other content than '${changedFile}' has`;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** One sentence on the whole check. */
export function summarize(files: readonly PackageFileCheck[], entriesWithoutFile: readonly EntryWithoutFile[]): string {
  const having = (status: PackageFileCheck['status']) => files.filter((file) => file.status === status).length;
  const listed = having('listed');
  const faults = [
    [having('missing'), 'not in the catalog'],
    [having('lineEndings'), 'in it only with other line endings'],
    [having('nameDiffers'), 'in it only under another name'],
  ] as const;
  const told = faults.flatMap(([number, what]) => (number === 0 ? [] : [`${number} ${what}`]));
  const rest =
    entriesWithoutFile.length === 0 ? '' : `; ${count(entriesWithoutFile.length, 'entry', 'entries')} without a file`;
  if (files.length === 0) return `there are no files to check${rest}`;
  if (told.length === 0) return `the catalog lists all of the ${count(files.length, 'file')}${rest}`;
  return `the catalog lists ${listed} of ${count(files.length, 'file')}: ${told.join(', ')}${rest}`;
}
