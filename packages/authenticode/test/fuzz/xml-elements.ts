// XML as a list of tags and texts, cut roughly: enough to move whole elements and attribute values about, so that damage
// gets past the check for well-formedness.

/** Tags, and the text between them. */
function tokensOf(text: string): string[] {
  return text.match(/<[^>]*>|[^<]+/g) ?? [];
}

/** From each start tag to its end tag: [first token, token behind the last]. */
function elementsOf(tokens: readonly string[]): [number, number][] {
  const elements: [number, number][] = [];
  const open: number[] = [];
  for (const [index, token] of tokens.entries()) {
    if (!token.startsWith('<') || token.startsWith('<?') || token.startsWith('<!')) continue;
    if (token.startsWith('</')) {
      const start = open.pop();
      if (start !== undefined) elements.push([start, index + 1]);
    } else if (token.endsWith('/>')) {
      elements.push([index, index + 1]);
    } else {
      open.push(index);
    }
  }
  return elements;
}

export type XmlChange = (typeof XML_CHANGES)[number];

export const XML_CHANGES = ['remove', 'double', 'move', 'graft', 'rename', 'value', 'swap', 'nest'] as const;

const ATTRIBUTE = /([\w:]+)="([^"]*)"/g;

/** A start or end tag of this name under another one; any other token as it is. */
function renamed(token: string, name: string, other: string): string {
  const start = token.startsWith('</') ? 2 : 1;
  const end = start + name.length;
  const isOfName = token.startsWith('<') && token.startsWith(name, start) && /[\s/>]/.test(token[end] ?? '');
  return isOfName ? token.slice(0, start) + other + token.slice(end) : token;
}

/** The document with one element changed; `donor` gives what is put in its place. */
export function changeXml(text: string, donor: string, change: XmlChange, at: number, value: number): string {
  const tokens = tokensOf(text);
  const elements = elementsOf(tokens);
  const element = elements[at % Math.max(1, elements.length)];
  if (element === undefined) return text;
  const [start, end] = element;
  const whole = tokens.slice(start, end);
  const others = tokensOf(donor);
  const graft = elementsOf(others)[value % Math.max(1, elementsOf(others).length)] ?? [0, 0];
  const splice = (...put: readonly string[]) => [...tokens.slice(0, start), ...put, ...tokens.slice(end)].join('');
  switch (change) {
    case 'remove':
      return splice();
    case 'double':
      return splice(...whole, ...whole);
    case 'move': {
      const rest = [...tokens.slice(0, start), ...tokens.slice(end)];
      rest.splice(value % (rest.length + 1), 0, ...whole);
      return rest.join('');
    }
    case 'graft':
      return splice(...others.slice(...graft));
    case 'swap': {
      const [first = 0, last = 0] = elements[value % elements.length] ?? [];
      return splice(...tokens.slice(first, last));
    }
    case 'nest':
      return splice('<x xmlns="urn:x" Id="x">', ...whole, '</x>');
    case 'rename': {
      const name = /^<([^\s/>]+)/.exec(whole[0] ?? '')?.[1] ?? 'a';
      const other = /^<([^\s/>]+)/.exec(tokens[elements[value % elements.length]?.[0] ?? 0] ?? '')?.[1] ?? 'b';
      return splice(...whole.map((token) => renamed(token, name, other)));
    }
    case 'value': {
      const values = [...text.matchAll(ATTRIBUTE)].map(([, , found]) => found ?? '');
      const put = values[value % Math.max(1, values.length)] ?? '';
      return splice(
        ...whole.map((token, index) =>
          index === 0 ? token.replace(ATTRIBUTE, (_match, name) => `${name}="${put}"`) : token,
        ),
      );
    }
  }
}
