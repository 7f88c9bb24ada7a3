// Each INF names the catalog that signs the package (InfVerif 1233, 1214 and 1213, "INF Version Section").
import { infArchitecture } from '../../architecture.ts';
import { findSection, parseDecoration } from '../../inf/index.ts';
import { normalizeMemberName } from '../../member-name.ts';
import type { CheckedInf } from '../driver.ts';
import { type Fault, infRule, versionPlace } from '../rule.ts';

const NO_CATALOG: Fault = {
  code: 1233,
  submission: true,
  what: 'The [Version] section names no CatalogFile, or none for an architecture that is to be signed.',
  why: 'The catalog carries the signature of the whole package. Windows looks for it under the name given here.',
  remedy: 'Add a line such as: CatalogFile = mydriver.cat',
};
const BAD_NAME: Fault = {
  code: 1214,
  submission: true,
  what: 'The CatalogFile is not the plain name of a .cat file.',
  why: 'The catalog lies beside the INF, so its name has no folder, and its ending is .cat.',
  remedy: 'Write a name such as mydriver.cat.',
};
const CATALOG_AS_SOURCE: Fault = {
  code: 1213,
  submission: true,
  what: 'A catalog is listed in [SourceDisksFiles].',
  why: 'The catalog holds a hash of each file listed there, and it cannot hold a hash of itself.',
  remedy: 'Take the line out; CatalogFile in [Version] is all that Windows needs.',
};

export const catalogFileIsNamed = infRule({
  id: 'catalog-file-is-named',
  faults: [NO_CATALOG, BAD_NAME, CATALOG_AS_SOURCE],
  *check(inf, { driver }) {
    if (findSection(inf.document, 'Version') === undefined) return;
    const uncovered = driver.operatingSystems.find(({ architecture }) => !hasCatalog(inf, architecture));
    if (inf.description.catalogFiles.length === 0 || uncovered !== undefined) {
      const target = inf.description.catalogFiles.length === 0 ? '' : ` for ${uncovered?.architecture}`;
      yield {
        fault: NO_CATALOG,
        at: versionPlace(inf, 'CatalogFile'),
        summary: `The [Version] section names no CatalogFile${target}.`,
      };
    }
    for (const { decoration, name } of inf.description.catalogFiles) {
      const key = decoration === undefined ? 'CatalogFile' : `CatalogFile.${decoration}`;
      const isPlain = /^[^\\/]+\.cat$/iu.test(name) && normalizeMemberName(name).ok;
      if (isPlain) continue;
      const summary = `The ${key} "${name}" is not the plain name of a .cat file.`;
      yield { fault: BAD_NAME, at: versionPlace(inf, key), summary };
    }
    for (const [name, section] of inf.document.sections) {
      if (!/^sourcedisksfiles(?:\.|$)/u.test(name)) continue;
      for (const { key, line } of section.entries) {
        if (key === undefined || !/\.cat$/iu.test(key.text)) continue;
        yield { fault: CATALOG_AS_SOURCE, at: { line }, summary: `[${section.name}] lists the catalog "${key.text}".` };
      }
    }
  },
});

/** Whether the catalog of this INF is named for systems of this architecture. */
function hasCatalog({ description }: CheckedInf, architecture: string): boolean {
  return description.catalogFiles.some(({ decoration }) => {
    if (decoration === undefined) return true;
    const named = parseDecoration(decoration)?.architecture;
    return named === undefined || named === infArchitecture(architecture);
  });
}
