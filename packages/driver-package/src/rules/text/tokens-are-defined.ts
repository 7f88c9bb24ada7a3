// Each %token% stands in [Strings] (InfVerif 1235, "INF Strings Section").
import { type InfSection, listModelsReferences, undefinedTokens } from '../../inf/index.ts';
import { type Fault, infRule } from '../rule.ts';

const SHOWN: Fault = {
  code: 1235,
  submission: true,
  what: 'A %token% of [Version], [Manufacturer] or a models section is not defined in [Strings].',
  why: 'It would be shown to users as it stands.',
  remedy: 'Add it to [Strings]. For a percent sign write %%.',
};
const USED: Fault = {
  code: 1235,
  what: 'A %token% of another section is not defined in [Strings].',
  why: 'Windows looks for a string of that name and finds none, so the text is used as it stands or not at all.',
  remedy: 'Add it to [Strings], or double the percent signs where a variable of the system is meant: %%SystemRoot%%',
};

export const tokensAreDefined = infRule({
  id: 'tokens-are-defined',
  faults: [SHOWN, USED],
  *check({ document }) {
    const shown = new Set(
      ['Version', 'Manufacturer', ...listModelsReferences(document).map(({ section }) => section)].map((name) =>
        name.toLowerCase(),
      ),
    );
    const reported = new Set<string>();
    const others = [...document.sections.keys()].filter((name) => !shown.has(name) && !/^strings(?:\.|$)/u.test(name));
    for (const [fault, names] of [
      [SHOWN, [...shown]],
      [USED, others],
    ] as const) {
      for (const { token, at } of names.flatMap((name) => tokensOf(document.sections.get(name), document.strings))) {
        if (reported.has(token.toLowerCase())) continue;
        reported.add(token.toLowerCase());
        yield {
          fault,
          at,
          summary: `The string %${token}% is not defined.`,
          ...(fault === SHOWN
            ? { remedy: `Add a line to [Strings]: ${token} = "…". For a percent sign write %%.` }
            : {}),
        };
      }
    }
  },
});

function tokensOf(section: InfSection | undefined, strings: ReadonlyMap<string, string>) {
  return (section?.entries ?? []).flatMap(({ key, fields }) =>
    [...(key === undefined ? [] : [key]), ...fields].flatMap((field) =>
      undefinedTokens(field.text, strings).map((token) => ({ token, at: { line: field.line, column: field.column } })),
    ),
  );
}
