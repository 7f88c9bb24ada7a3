// Changes values in PackageInfo.xml and leaves every other character as the kit wrote it: what nobody outside Microsoft
// knows of the file stays in it.
import { attributeOf, childElements, textOf, type XmlDocument, type XmlElement } from '@assay/authenticode';

/** A range of the document's text, in UTF-16 code units, and what stands there instead. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const TAG_NAME = /<[^\s/>]+/y;
const ATTRIBUTE = /\s+([^\s=/>]+)\s*=\s*(?:"[^"]*"|'[^']*')/y;

function escapeValue(value: string): string {
  return value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}

/** Gives an element these attributes; attributes and elements of these names that it has already go. */
function valueEdits(text: string, element: XmlElement, values: Readonly<Record<string, string>>): Edit[] {
  TAG_NAME.lastIndex = element.start;
  TAG_NAME.exec(text);
  const nameEnd = TAG_NAME.lastIndex;
  const written = Object.entries(values).map(([name, value]) => ` ${name}="${escapeValue(value)}"`);
  const edits: Edit[] = [{ start: nameEnd, end: nameEnd, text: written.join('') }];
  ATTRIBUTE.lastIndex = nameEnd;
  for (let match = ATTRIBUTE.exec(text); match !== null; match = ATTRIBUTE.exec(text)) {
    if (Object.hasOwn(values, match[1] ?? '')) edits.push({ start: match.index, end: ATTRIBUTE.lastIndex, text: '' });
  }
  for (const child of childElements(element)) {
    if (Object.hasOwn(values, child.local)) edits.push({ start: child.start, end: child.end, text: '' });
  }
  return edits;
}

function isDriver({ local, parent }: XmlElement): boolean {
  const owner = parent?.local === 'Drivers' ? parent.parent : parent;
  return local === 'Driver' && owner?.local === 'Target';
}

function driversBelow(element: XmlElement): XmlElement[] {
  return childElements(element).flatMap((child) => (isDriver(child) ? [child] : driversBelow(child)));
}

function idOf(driver: XmlElement): string | undefined {
  const child = childElements(driver).find(({ local }) => local === 'Id');
  const id = (attributeOf(driver, 'Id') ?? (child === undefined ? '' : textOf(child))).trim();
  return id === '' ? undefined : id;
}

/**
 * The text of a PackageInfo.xml with another package type, and with each driver that has an id replaced by one that stands
 * for it: it gets the id that `newId` makes of its own, which becomes its ReplacesId.
 */
export function retypedPackageInfo(document: XmlDocument, type: string, newId: (id: string) => string): string {
  const { root, text } = document;
  const edits = valueEdits(text, root, { Type: type });
  for (const driver of driversBelow(root)) {
    const id = idOf(driver);
    if (id !== undefined) edits.push(...valueEdits(text, driver, { Id: newId(id), ReplacesId: id }));
  }
  edits.sort((a, b) => a.start - b.start || a.end - b.end);
  const pieces: string[] = [];
  let at = 0;
  for (const edit of edits) {
    pieces.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  return pieces.join('') + text.slice(at);
}
