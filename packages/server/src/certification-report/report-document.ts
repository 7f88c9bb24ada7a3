// A report before it is given a form: headings, paragraphs, facts with their names, and tables. Texts come from strangers and
// are made fit for display by whoever renders them.

/** A fact with its name. Several values stand below each other. */
export interface ReportFact {
  readonly name: string;
  readonly values: readonly string[];
}

export interface ReportColumn {
  readonly title: string;
  /** Part of the width, in percent. */
  readonly width: number;
  /** For digests: all characters are of one width. */
  readonly isCode?: boolean;
}

export interface ReportTable {
  readonly columns: readonly ReportColumn[];
  /** A cell for each column. */
  readonly rows: readonly (readonly string[])[];
}

export interface ReportSection {
  readonly title: string;
  readonly paragraphs?: readonly string[];
  readonly facts?: readonly ReportFact[];
  readonly table?: ReportTable;
}

export interface ReportDocument {
  /** Holds nothing that comes from strangers. */
  readonly title: string;
  /** The last date among the facts. */
  readonly date: Date;
  readonly sections: readonly ReportSection[];
}
