// Why a request was refused, read from the answer in whichever of the service's shapes it is.
import type { JournalEntry } from './journal.ts';
import { maskText } from './masked-text.ts';

type Refusal = NonNullable<JournalEntry['refusal']>;

/** Longer bodies are no errors of the service. */
const LONGEST_BODY = 64 * 1024;

const XML_ERROR = /<Error><Code>([^<]*)<\/Code><Message>([^<\n]*)[\s\S]*?<\/Message>([\s\S]*)<\/Error>/;
const XML_DETAIL = /<(\w+)>([^<]*)<\/\1>/g;
const XML_ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

function plain(xml: string): string {
  return xml.replaceAll(/&(amp|lt|gt|quot);/g, (_all, name: string) => XML_ENTITIES[name] ?? '');
}

function fromXml(body: string): Refusal | undefined {
  const [, code = '', message = '', details = ''] = XML_ERROR.exec(body) ?? [];
  if (code === '') return undefined;
  const rest = [...details.matchAll(XML_DETAIL)].map(([, name, text = '']) => `${name}: ${text}`);
  return { code, message: plain([message, ...rest].join(' ')) };
}

interface ErrorShapes {
  readonly error?:
    | string
    | { readonly code?: unknown; readonly message?: unknown; readonly validationErrors?: unknown };
  readonly error_description?: unknown;
  readonly statusCode?: unknown;
  readonly message?: unknown;
}

/** The message, and the faults of a request with more than one. */
function withFaults(message: string, faults: unknown): string {
  if (!Array.isArray(faults) || faults.length < 2) return message;
  return `${message} ${faults.map((fault: { message?: unknown }) => String(fault.message)).join(' ')}`;
}

function fromJson(body: string): Refusal | undefined {
  const { error, error_description: description, statusCode, message } = JSON.parse(body) as ErrorShapes;
  if (typeof error === 'string') return { code: error, message: String(description ?? '') };
  if (typeof error === 'object') {
    return { code: String(error.code), message: withFaults(String(error.message), error.validationErrors) };
  }
  return statusCode === undefined ? undefined : { code: String(statusCode), message: String(message ?? '') };
}

/** The code and the message of a refusal, without anything secret; undefined when the body says neither. */
export function refusalOf(body: unknown): Refusal | undefined {
  const text = typeof body === 'string' ? body : Buffer.isBuffer(body) ? body.toString('utf8') : '';
  if (text === '' || text.length > LONGEST_BODY) return undefined;
  try {
    const refusal = text.startsWith('<') ? fromXml(text) : fromJson(text);
    return refusal && { code: maskText(refusal.code), message: maskText(refusal.message) };
  } catch {
    return undefined;
  }
}
