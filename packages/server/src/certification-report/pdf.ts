// The report as PDF, with the fonts that every PDF reader has. They have Latin letters only: other characters are escaped.
import { displayLatinText } from './display-text.ts';
import type { ReportDocument, ReportFact, ReportSection, ReportTable } from './report-document.ts';

/** Rows of one table that are shown; writing a page takes the service a few milliseconds. The HTML has them all. */
const MOST_ROWS = 1_000;
/** Facts of one section that are shown. */
const MOST_FACTS = 500;
/** Sections that are shown: each driver has its own. */
const MOST_SECTIONS = 200;

/** In points, as everything below. */
const MARGIN = 50;
const FACT_NAME_WIDTH = 130;
const CELL_GAP = 6;
const TEXT_SIZE = 9;
const CELL_SIZE = 8;
const CODE_SIZE = 6;

const FONTS = { text: 'Helvetica', bold: 'Helvetica-Bold', code: 'Courier' } as const;

interface Cell {
  readonly text: string;
  readonly width: number;
  readonly font: string;
  readonly size: number;
}

/** Lays out a document from top to bottom. */
class ReportPages {
  readonly #pdf: PDFKit.PDFDocument;
  readonly #width: number;
  readonly #bottom: number;

  constructor(pdf: PDFKit.PDFDocument) {
    this.#pdf = pdf;
    this.#width = pdf.page.width - 2 * MARGIN;
    this.#bottom = pdf.page.height - MARGIN;
  }

  get width(): number {
    return this.#width;
  }

  /** Begins a page when less than this is left of the present one. */
  need(height: number): void {
    if (this.#pdf.y + height > this.#bottom) this.#pdf.addPage();
  }

  heading(text: string, size: number): void {
    // A heading alone at the foot of a page helps nobody.
    this.need(size * 5);
    this.#pdf.font(FONTS.bold).fontSize(size).text(text, MARGIN, this.#pdf.y, { width: this.#width });
    this.#pdf.y += size / 3;
  }

  paragraph(text: string): void {
    const options = { width: this.#width };
    this.#pdf.font(FONTS.text).fontSize(TEXT_SIZE);
    this.need(this.#pdf.heightOfString(text, options));
    this.#pdf.text(text, MARGIN, this.#pdf.y, options);
    this.#pdf.y += TEXT_SIZE / 2;
  }

  /** Cells beside each other, as high as the highest of them. */
  row(cells: readonly Cell[]): void {
    const heights = cells.map(({ text, width, font, size }) =>
      this.#pdf.font(font).fontSize(size).heightOfString(text, { width }),
    );
    const height = Math.max(...heights);
    this.need(height);
    const top = this.#pdf.y;
    let left = MARGIN;
    for (const { text, width, font, size } of cells) {
      this.#pdf.font(font).fontSize(size).text(text, left, top, { width });
      left += width + CELL_GAP;
    }
    this.#pdf.y = top + height + 2;
  }

  space(height: number): void {
    this.#pdf.y += height;
  }
}

function addFacts(pages: ReportPages, facts: readonly ReportFact[]): void {
  for (const { name, values } of facts.slice(0, MOST_FACTS)) {
    for (const [index, value] of values.slice(0, MOST_FACTS).entries()) {
      pages.row([
        { text: index === 0 ? displayLatinText(name) : '', width: FACT_NAME_WIDTH, font: FONTS.bold, size: TEXT_SIZE },
        {
          text: displayLatinText(value),
          width: pages.width - FACT_NAME_WIDTH - CELL_GAP,
          font: FONTS.text,
          size: TEXT_SIZE,
        },
      ]);
    }
    if (values.length > MOST_FACTS) pages.paragraph(leftOut(values.length - MOST_FACTS));
  }
  if (facts.length > MOST_FACTS) pages.paragraph(leftOut(facts.length - MOST_FACTS));
}

function leftOut(count: number): string {
  return `${count} more are left out here. The HTML form of this report has them all.`;
}

function addTable(pages: ReportPages, { columns, rows }: ReportTable): void {
  if (rows.length === 0) {
    pages.paragraph('None.');
    return;
  }
  const room = pages.width - CELL_GAP * (columns.length - 1);
  const widths = columns.map(({ width }) => (room * width) / 100);
  const cell = (text: string, index: number, font: string): Cell => ({
    text: displayLatinText(text),
    width: widths[index] ?? 0,
    font,
    size: font === FONTS.code ? CODE_SIZE : CELL_SIZE,
  });
  pages.row(columns.map(({ title }, index) => cell(title, index, FONTS.bold)));
  for (const row of rows.slice(0, MOST_ROWS)) {
    pages.row(row.map((text, index) => cell(text, index, columns[index]?.isCode === true ? FONTS.code : FONTS.text)));
  }
  if (rows.length > MOST_ROWS) pages.paragraph(leftOut(rows.length - MOST_ROWS));
}

function addSection(pages: ReportPages, { title, paragraphs = [], facts = [], table }: ReportSection): void {
  pages.space(10);
  pages.heading(displayLatinText(title), 12);
  for (const paragraph of paragraphs) pages.paragraph(paragraph);
  addFacts(pages, facts);
  if (table !== undefined) addTable(pages, table);
}

/** Lets the service do something else in between. */
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * The report as PDF 1.7 (ISO 32000-1). The same document gives the same bytes: its dates and its identifier come from the
 * document, not from the clock.
 */
export async function renderReportPdf(document: ReportDocument): Promise<Uint8Array> {
  // Read when the first report is written: it is large, and most processes of this program write none.
  const { default: PDFDocument } = await import('pdfkit');
  const { title, date, sections } = document;
  const pdf = new PDFDocument({
    pdfVersion: '1.7',
    size: 'A4',
    margin: MARGIN,
    lang: 'en',
    displayTitle: true,
    info: { Title: title, Producer: 'Assay', Creator: 'Assay', CreationDate: date, ModDate: date },
  });
  const chunks: Uint8Array[] = [];
  const written = new Promise<void>((resolve, reject) => {
    pdf.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    pdf.on('end', resolve);
    pdf.on('error', reject);
  });
  const pages = new ReportPages(pdf);
  pages.heading(title, 16);
  for (const section of sections.slice(0, MOST_SECTIONS)) {
    addSection(pages, section);
    await pause();
  }
  if (sections.length > MOST_SECTIONS) pages.paragraph(leftOut(sections.length - MOST_SECTIONS));
  pdf.end();
  await written;
  return Buffer.concat(chunks);
}
