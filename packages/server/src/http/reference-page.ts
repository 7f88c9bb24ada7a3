// The reference as one HTML page without scripts and without anything from elsewhere, written from the OpenAPI document.
import type { OpenApiAnswer, OpenApiDocument, OpenApiOperation } from './openapi.ts';
import type { JsonSchema } from './openapi-schemas.ts';
import { exampleOf } from './schema-example.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #fff; --faint: #f2f2f5; --line: #8a8a94; --link: #0b57b0; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf0; --paper: #17171b; --faint: #25252b; --line: #8a8a94; --link: #8ab8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 64rem; font: 1rem/1.6 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
a { color: var(--link); }
h1, h2, h3 { line-height: 1.25; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { margin-top: 2.25rem; }
code, pre { font: .875rem/1.5 ui-monospace, monospace; }
:not(pre) > code { background: var(--faint); padding: .1em .3em; border-radius: .2em; overflow-wrap: anywhere; }
pre { background: var(--faint); padding: .75rem; overflow-x: auto; border-radius: .3rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
caption { text-align: start; font-weight: 600; padding: .25rem 0; }
th, td { text-align: start; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--faint); }
.method { display: inline-block; min-width: 4.5rem; }
.skip { position: absolute; inset-inline-start: -999rem; }
.skip:focus { position: static; }
details { margin: .5rem 0; }
summary { cursor: pointer; }
`;

/** Text as HTML, in which code between backticks and bold text between double asterisks are marked. */
function text(value: string): string {
  return escapeHtml(value)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>');
}

function escapeHtml(value: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return value.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

/** A schema in a few words, with links to the named ones. */
function typeOf(schema: JsonSchema): string {
  if (typeof schema.$ref === 'string') {
    const name = escapeHtml(nameOf(schema.$ref));
    return `<a href="#schema-${name}">${name}</a>`;
  }
  const options = [schema.anyOf, schema.oneOf].flatMap((list) => (Array.isArray(list) ? (list as JsonSchema[]) : []));
  if (options.length > 0) return options.map(typeOf).join(' or ');
  if (Array.isArray(schema.enum))
    return schema.enum.map((value) => `<code>${escapeHtml(String(value))}</code>`).join(' | ');
  if (schema.type === 'array') return `list of ${typeOf((schema.items ?? {}) as JsonSchema)}`;
  if (schema.patternProperties !== undefined) {
    const [item] = Object.values(schema.patternProperties as Readonly<Record<string, JsonSchema>>);
    return `dictionary of ${typeOf(item ?? {})}`;
  }
  const format = typeof schema.format === 'string' ? ` (${escapeHtml(schema.format)})` : '';
  return `${escapeHtml(String(schema.type ?? 'anything'))}${format}`;
}

interface Row {
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
  readonly note: string;
}

function table(caption: string, rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const lines = rows.map(
    ({ name, required, schema, note }) =>
      `<tr><th scope="row"><code>${escapeHtml(name)}</code></th><td>${typeOf(schema)}</td><td>${required ? 'yes' : ''}</td><td>${text(note)}</td></tr>`,
  );
  return `<table><caption>${escapeHtml(caption)}</caption><thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Always there</th><th scope="col">Note</th></tr></thead><tbody>${lines.join('')}</tbody></table>`;
}

function propertyRows(schema: JsonSchema): Row[] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries((schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>).map(([name, part]) => ({
    name,
    required: required.includes(name),
    schema: part,
    note: typeof part.description === 'string' ? part.description : '',
  }));
}

/** A word of a POSIX shell. */
function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function curlOf(
  method: string,
  path: string,
  operation: OpenApiOperation,
  resolve: (reference: string) => JsonSchema,
): string {
  const parts = [method === 'get' ? 'curl' : `curl -X ${method.toUpperCase()}`];
  if (operation.security.length > 0) parts.push('-H "Authorization: Bearer $TOKEN"');
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (type !== undefined && content !== undefined) {
    const example = exampleOf(content.schema, resolve);
    if (type.endsWith('json')) parts.push(`-H 'Content-Type: ${type}'`, `-d ${quote(JSON.stringify(example))}`);
    else if (type === 'application/x-www-form-urlencoded') {
      for (const [name, value] of Object.entries(example as object))
        parts.push(`--data-urlencode ${quote(`${name}=${value}`)}`);
    } else parts.push(`-H 'Content-Type: ${type}'`, '--data-binary @FILE');
  } else if (method !== 'get') parts.push("-d '' -H 'Content-Type:'");
  const address = path.replaceAll(/\{([A-Za-z]+)\}/g, (_match, name: string) =>
    name.replaceAll(/([A-Z])/g, '_$1').toUpperCase(),
  );
  parts.push(quote(`http://127.0.0.1:8080${address}`));
  return parts.join(' \\\n  ');
}

function answerRows(document: OpenApiDocument, operation: OpenApiOperation): string {
  const failures = (document.components.responses ?? {}) as Readonly<Record<string, OpenApiAnswer>>;
  const rows = Object.entries(operation.responses).map(([status, answer]) => {
    const whole = '$ref' in answer ? failures[nameOf(answer.$ref)] : answer;
    const contents = Object.entries(whole?.content ?? {}).map(([type, { schema }]) =>
      type === 'application/json' ? typeOf(schema) : escapeHtml(type),
    );
    return `<tr><th scope="row">${escapeHtml(status)}</th><td>${text(whole?.description ?? '')}</td><td>${contents.join(', ') || 'no body'}</td></tr>`;
  });
  return `<table><caption>Answers</caption><thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function operationSection(
  document: OpenApiDocument,
  method: string,
  path: string,
  operation: OpenApiOperation,
): string {
  const resolve = (reference: string): JsonSchema => document.components.schemas[nameOf(reference)] ?? {};
  const roles = operation.security.flatMap((requirement) => Object.values(requirement).flat());
  const parameters = operation.parameters.map(({ name, required, schema, description = '' }) => ({
    name,
    required,
    schema,
    note: description,
  }));
  const [type, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const bodyText =
    body === undefined ? '' : `<p>Body: ${typeOf(body.schema)} as <code>${escapeHtml(type ?? '')}</code>.</p>`;
  return `<section aria-labelledby="${escapeHtml(operation.operationId)}"><h3 id="${escapeHtml(operation.operationId)}">${text(operation.summary)}</h3>
<p><code><span class="method">${method.toUpperCase()}</span> ${escapeHtml(path)}</code></p>
${operation.description === undefined ? '' : `<p>${text(operation.description)}</p>`}
${roles.length === 0 ? '' : `<p>For applications in one of the roles ${escapeHtml(roles.join(', '))}.</p>`}
${table('Parameters', parameters)}${bodyText}${answerRows(document, operation)}
<details><summary>With curl</summary><pre tabindex="0"><code>${escapeHtml(curlOf(method, path, operation, resolve))}</code></pre></details></section>`;
}

interface Listed {
  readonly method: string;
  readonly path: string;
  readonly operation: OpenApiOperation;
}

/** The page. Everything in it is escaped, wherever it comes from. */
export function createReferencePage(document: OpenApiDocument): string {
  const all: Listed[] = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
  );
  const groups = document.tags.map((tag) => ({
    tag,
    id: `group-${tag.name.toLowerCase().replaceAll(' ', '-')}`,
    operations: all.filter(({ operation }) => operation.tags[0] === tag.name),
  }));
  const contents = groups.map(
    ({ tag, id, operations }) =>
      `<li><a href="#${id}">${escapeHtml(tag.name)}</a><ul>${operations
        .map(
          ({ operation }) => `<li><a href="#${escapeHtml(operation.operationId)}">${text(operation.summary)}</a></li>`,
        )
        .join('')}</ul></li>`,
  );
  const sections = groups.map(
    ({ tag, id, operations }) =>
      `<h2 id="${id}">${escapeHtml(tag.name)}</h2><p>${text(tag.description)}</p>${operations
        .map(({ method, path, operation }) => operationSection(document, method, path, operation))
        .join('')}`,
  );
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      `<h3 id="schema-${escapeHtml(name)}">${escapeHtml(name)}</h3>${table('Properties', propertyRows(schema))}`,
  );
  const paragraphs = document.info.description.split('\n\n').map((paragraph) => `<p>${text(paragraph)}</p>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(document.info.title)}</title><style>${STYLE}</style></head>
<body>
<a class="skip" href="#content">Skip to the operations</a>
<header><h1>${escapeHtml(document.info.title)}</h1>${paragraphs.join('\n')}
<p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI ${escapeHtml(document.openapi)}).</p></header>
<nav aria-label="Contents"><h2>Contents</h2><ul>${contents.join('')}<li><a href="#schemas">Schemas</a></li></ul></nav>
<main id="content">${sections.join('\n')}
<h2 id="schemas">Schemas</h2>${schemas.join('\n')}</main>
</body>
</html>
`;
}
