// Each %token% of the sections that describe the driver stands in [Strings] (InfVerif 1235).
import { findSection, listModelsReferences, undefinedTokens } from '../inf/index.ts';
import { infRule } from './driver.ts';

export const tokensAreDefined = infRule('tokens-are-defined', function* ({ document }) {
  const sections = ['Version', 'Manufacturer', ...listModelsReferences(document).map(({ section }) => section)];
  const reported = new Set<string>();
  for (const name of new Set(sections.map((section) => section.toLowerCase()))) {
    for (const { key, fields, line } of findSection(document, name)?.entries ?? []) {
      const texts = [...(key === undefined ? [] : [key]), ...fields].map((field) => field.text);
      for (const token of texts.flatMap((text) => undefinedTokens(text, document.strings))) {
        if (reported.has(token.toLowerCase())) continue;
        reported.add(token.toLowerCase());
        yield {
          code: 1235,
          severity: 'error',
          line,
          summary: `The string %${token}% is not defined.`,
          explanation: 'It would be shown to users as it stands.',
          remedy: `Add a line to [Strings]: ${token} = "…". For a percent sign write %%.`,
        };
      }
    }
  }
});
