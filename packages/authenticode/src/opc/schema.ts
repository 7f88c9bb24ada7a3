// The strictness that all XML of packages is read with: the elements that the schema has, and only white space and comments
// between them.
import { ParseError } from '../errors.ts';
import type { XmlElement } from '../xml/index.ts';

/**
 * The child elements of `element`, all of which must be of its own namespace unless `foreign` is set. Throws ParseError
 * `unexpected-xml` when it is not the element that is expected, or has text. `where` names the file in messages.
 */
export function schemaChildren(
  element: XmlElement,
  where: string,
  namespace: string,
  local: string,
  { foreign = false } = {},
): XmlElement[] {
  const refuse = (what: string): never => {
    throw new ParseError('opc', 'unexpected-xml', `${where}: ${what}`);
  };
  if (element.namespace !== namespace || element.local !== local) {
    refuse(`${element.name} stands where ${local} of ${namespace} must be`);
  }
  const children: XmlElement[] = [];
  for (const child of element.children) {
    if (child.kind === 'element') {
      if (child.namespace !== namespace && !foreign) refuse(`${child.name} must not stand in ${local}`);
      children.push(child);
    } else if (child.kind === 'text' && child.text.trim() !== '') {
      refuse(`${local} has text in it`);
    }
  }
  return children;
}
