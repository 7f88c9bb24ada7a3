// Each INF names the catalog that signs the package (InfVerif 1233 and 1214, "INF Version Section").
import { infArchitecture } from '../architecture.ts';
import { findSection, parseDecoration } from '../inf/index.ts';
import { normalizeMemberName } from '../member-name.ts';
import { type CheckedInf, infRule, versionLine } from './driver.ts';

export const catalogFileIsNamed = infRule('catalog-file-is-named', function* (inf, driver) {
  if (findSection(inf.document, 'Version') === undefined) return;
  const uncovered = driver.operatingSystems.find(({ architecture }) => !hasCatalog(inf, architecture));
  if (inf.description.catalogFiles.length === 0 || uncovered !== undefined) {
    const target = inf.description.catalogFiles.length === 0 ? '' : ` for ${uncovered?.architecture}`;
    yield {
      code: 1233,
      severity: 'error',
      line: versionLine(inf, 'CatalogFile'),
      summary: `The [Version] section names no CatalogFile${target}.`,
      explanation:
        'The catalog carries the signature of the whole package. Windows looks for it under the name given here.',
      remedy: 'Add a line such as: CatalogFile = mydriver.cat',
    };
  }
  for (const { decoration, name } of inf.description.catalogFiles) {
    const key = decoration === undefined ? 'CatalogFile' : `CatalogFile.${decoration}`;
    const isPlain = /^[^\\/]+\.cat$/iu.test(name) && normalizeMemberName(name).ok;
    if (isPlain) continue;
    yield {
      code: 1214,
      severity: 'error',
      line: versionLine(inf, key),
      summary: `The ${key} "${name}" is not the plain name of a .cat file.`,
      explanation: 'The catalog lies beside the INF, so its name has no folder, and its ending is .cat.',
      remedy: 'Write a name such as mydriver.cat.',
    };
  }
});

/** Whether the catalog of this INF is named for systems of this architecture. */
function hasCatalog({ description }: CheckedInf, architecture: string): boolean {
  return description.catalogFiles.some(({ decoration }) => {
    if (decoration === undefined) return true;
    const named = parseDecoration(decoration)?.architecture;
    return named === undefined || named === infArchitecture(architecture);
  });
}
