// The reference of errors: every code of the API, of the authority and of the blob endpoint, and the exit codes of `assay`.
import { EXIT_CODE_MEANINGS } from '@assay/cli';
import { ERRORS, type ErrorCode, MESSAGES, wireCode } from '@assay/hardware-api';
import { BLOB_ERRORS } from '../../packages/server/src/blob/errors.ts';
import { ENTRA_ERRORS } from '../../packages/server/src/identity/entra-errors.ts';
import { GENERATED, table } from './markdown.ts';

const code = (text: string | number): string => `\`${text}\``;

export async function writeErrors(): Promise<string> {
  const api = (Object.keys(ERRORS) as ErrorCode[]).map((name) => [
    code(wireCode(name, 'v2.0')),
    code(wireCode(name, 'v1.0')),
    String(ERRORS[name].status),
    ERRORS[name].message,
  ]);
  const authority = Object.values(ENTRA_ERRORS).map((facts) => [
    code(`AADSTS${facts.code}`),
    code(facts.error),
    String(facts.status),
  ]);
  const blob = Object.entries(BLOB_ERRORS).map(([name, facts]) => [code(name), String(facts.status), facts.message]);
  return `${GENERATED}

# Errors

## The Hardware API

The body of every refusal:

\`\`\`json
{
  "error": {
    "code": "invalidInput",
    "message": "The property productName is required.",
    "validationErrors": [{ "target": "productName", "message": "The property productName is required." }],
    "httpErrorCode": 400
  },
  "statusCode": "400 BadRequest",
  "message": "The property productName is required.",
  "httpErrorCode": 400
}
\`\`\`

\`validationErrors\` has one entry for each fault, \`target\` is the path of the property. With a single fault its message is the
error's too. The message is the one below where nothing more can be said.

${table(['code', 'code on version 1.0', 'HTTP', 'message'], api)}

Messages that callers may look for:

${Object.values(MESSAGES)
  .map((message) => `- ${message}`)
  .join('\n')}

## The token endpoint

OAuth 2.0 errors as Microsoft Entra ID writes them: \`error\`, and \`error_description\` which begins with the number.

${table(['number', 'error', 'HTTP'], authority)}

## The URLs of packages

Azure Blob Storage's errors: XML, with the code in \`x-ms-error-code\` too.

${table(['code', 'HTTP', 'message'], blob)}

## Exit codes of \`assay\`

${table(
  ['exit code', 'meaning'],
  EXIT_CODE_MEANINGS.map(([exit, meaning]) => [String(exit), meaning]),
)}
`;
}
