// The certification report of a submission: a document that says what was submitted, found and signed, as PDF and as HTML.
export { composeReport } from './compose.ts';
export type { CertificationFacts, ReportedDriver, ReportedFile, ReportedSignature } from './facts.ts';
export { renderReportHtml } from './html.ts';
export { renderReportPdf } from './pdf.ts';
export type { ReportDocument } from './report-document.ts';
