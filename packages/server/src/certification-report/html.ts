// The report as one HTML file that is also well-formed XML. It loads nothing, and forbids scripts in case one slips in.
import { displayText } from './display-text.ts';
import type { ReportDocument, ReportFact, ReportSection, ReportTable } from './report-document.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c1c1c; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0; border-top: 1px solid #ddd; overflow-wrap: anywhere }
th { font-weight: 600 } .facts th { width: 30% } code { font-size: .85em }
`;

/** A text as content of an element. `bdi` keeps one that runs from right to left from moving what stands around it. */
function escapeText(text: string): string {
  return displayText(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

function isolated(text: string): string {
  return `<bdi>${escapeText(text)}</bdi>`;
}

function renderFacts(facts: readonly ReportFact[]): string {
  const rows = facts.map(
    ({ name, values }) =>
      `<tr><th scope="row">${escapeText(name)}</th><td>${values.map(isolated).join('<br />')}</td></tr>`,
  );
  return `<table class="facts">\n${rows.join('\n')}\n</table>\n`;
}

function renderTable({ columns, rows }: ReportTable): string {
  if (rows.length === 0) return '<p>None.</p>\n';
  const head = columns.map(({ title, width }) => `<th scope="col" style="width: ${width}%">${escapeText(title)}</th>`);
  const body = rows.map((row) => {
    const cells = row.map((cell, index) => {
      const text = isolated(cell);
      return `<td>${columns[index]?.isCode === true ? `<code>${text}</code>` : text}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<table>\n<thead><tr>${head.join('')}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table>\n`;
}

/** Paragraphs are our own words and may be long: they are escaped, not cut. */
function renderParagraph(text: string): string {
  return `<p>${text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')}</p>\n`;
}

function renderSection({ title, paragraphs = [], facts = [], table }: ReportSection): string {
  return [
    `<h2>${isolated(title)}</h2>\n`,
    ...paragraphs.map(renderParagraph),
    facts.length === 0 ? '' : renderFacts(facts),
    table === undefined ? '' : renderTable(table),
  ].join('');
}

/** The report as HTML, in UTF-8 when it is written. The same document gives the same text. */
export function renderReportHtml(document: ReportDocument): string {
  const { title, sections } = document;
  return `<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>${escapeText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeText(title)}</h1>
${sections.map(renderSection).join('')}</body>
</html>
`;
}
