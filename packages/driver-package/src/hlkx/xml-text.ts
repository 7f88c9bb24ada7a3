// Text of small XML documents.

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

function escapeValue(value: string): string {
  return value.replace(/[&<>"\t\n\r]/g, (character) => REFERENCES[character] ?? character);
}

/** An element with those of the attributes that have a value, around its content. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | undefined>>,
  content: readonly string[] = [],
): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => (value === undefined ? '' : ` ${key}="${escapeValue(value)}"`))
    .join('');
  const inner = content.join('');
  return inner === '' ? `<${name}${written} />` : `<${name}${written}>${inner}</${name}>`;
}

/** The bytes of a document with this root. */
export function documentText(root: string): Uint8Array {
  return new TextEncoder().encode(`<?xml version="1.0" encoding="utf-8"?>${root}`);
}
