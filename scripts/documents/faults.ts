// The reference of rehearsals: faults, scripts, assertions and the resources under `/_rehearsal/`.
import { FAULT_NAMES } from '@assay/server';
import { SUBMISSION_STATES } from '../../packages/server/src/rehearsal/assertions/assertion.ts';
import {
  API_OPERATIONS,
  AUTHORITY_OPERATIONS,
  BLOB_OPERATIONS,
} from '../../packages/server/src/rehearsal/faults/operations.ts';
import { FAULT_ALIASES, FAULTS, flagForm } from '../../packages/server/src/rehearsal/faults/table.ts';
import { KNOWN_MESSAGES, STEP_NAMES } from '../../packages/server/src/rehearsal/steps/index.ts';
import { GENERATED, table } from './markdown.ts';

const code = (text: string | number): string => `\`${text}\``;
const list = (names: readonly string[]): string => names.map(code).join(', ');

function settingsOf(name: (typeof FAULT_NAMES)[number]): string {
  const { settings, required, defaults } = FAULTS[name];
  const texts = settings.map((setting) => {
    if (required.includes(setting)) return `${code(setting)} (needed)`;
    const value = defaults[setting];
    return value === undefined ? code(setting) : `${code(setting)} (${value})`;
  });
  return texts.join(', ') || 'none';
}

function faultSection(name: (typeof FAULT_NAMES)[number]): string {
  const { summary, truth, times, on, area } = FAULTS[name];
  const lines = [
    `- Flag: ${code(flagForm(name))}`,
    `- Settings (defaults): ${settingsOf(name)}`,
    `- Happens: ${times === 'always' ? 'always' : times === 1 ? 'once' : `${times} times`}, unless \`times\` says otherwise`,
    ...(area === 'step' ? [] : [`- Without \`on\`: ${on?.operation === undefined ? AREAS[area] : code(on.operation)}`]),
  ];
  return `### ${name}\n\n${summary}\n\nThe real service: ${truth}\n\n${lines.join('\n')}`;
}

const AREAS = {
  api: 'every request to the Hardware API',
  submission: 'every answer that shows a submission',
  blob: 'every upload and download through the URL of a package',
} as const;

export async function writeFaults(): Promise<string> {
  const aliases = Object.entries(FAULT_ALIASES).map(([alias, parts]) => [code(alias), code(parts.join(':'))]);
  const messages = Object.entries(KNOWN_MESSAGES).map(([name, known]) => [
    code(name),
    code(known.step),
    known.message,
    known.words === 'service' ? 'yes' : 'no',
  ]);
  return `${GENERATED}

# Faults, scripts and assertions of a rehearsal

A rehearsal is a service that does what it is asked to do wrong, and remembers every request. \`assay rehearse\` starts one
for a single command, \`assay serve --rehearsal\` one that stays. Never use one for packages that matter.

\`\`\`sh
assay serve --rehearsal --speed brisk --fault throttle:2 --fault lost
\`\`\`

## How faults are chosen

A fault is a flag (\`--fault throttle:2:30\`), a text of that form in a script, or an object:

\`\`\`yaml
faults:
  - throttle:2:30
  - fault: error
    status: 503
    on: { operation: getSubmission }
    after: 3
    times: 5
    probability: 0.5
\`\`\`

${table(
  ['setting', 'meaning'],
  [
    [
      code('on'),
      'Which requests: `operation`, `method`, `path` (`*` is anything but a slash, `**` anything). All that are given must fit. Where neither operation nor path is given, those that the fault says below.',
    ],
    [code('after'), 'How many matching requests pass first. 0 unless given.'],
    [code('times'), 'How often it happens: a number from 1, or `always`.'],
    [
      code('probability'),
      'From 0 to 1. Decided by the seed, the fault and the number of its match, so that the same seed and the same requests give the same run. 1 unless given.',
    ],
  ],
)}

Of several faults that refuse, the first that happens to a request counts; those after it do not see the request. In flags an
empty argument is the default, and seconds can be written as \`500ms\`, \`30s\`, \`5m\` or \`2h\`, bytes as \`64k\` or \`10M\`. Names
of operations and steps may be written in any case. No fault is done to \`/_rehearsal/\` and \`/healthz\`.

Operations of the API: ${list(API_OPERATIONS)}.

Of the authority: ${list(AUTHORITY_OPERATIONS)}.

Of URLs of packages: ${list(BLOB_OPERATIONS)}.

## The faults

${FAULT_NAMES.map(faultSection).join('\n\n')}

### Other names

${table(['written', 'means'], aliases)}

## Steps

${table(
  ['workflow', 'steps'],
  Object.entries(STEP_NAMES).map(([kind, steps]) => [code(kind), list(steps)]),
)}

## Known messages of \`fail\`

\`fail:STEP:NAME\` puts the message of that name into the messages of the workflow status; any other text is put there as it is.

${table(['name', 'seen at', 'message', 'words of the service'], messages)}

## Scripts

YAML or JSON, for \`--script\`. Everything may be left out.

\`\`\`yaml
seed: 7                      # decides what is left to chance
speed: 0.1                   # instant, brisk, realistic, or a factor of realistic
steps: { scanning: 30s }     # how long single steps last; plain numbers are milliseconds
faults: [lost, "fail:validation"]
assertions: ["products = 1", "no refusals"]
seedData: { products: [] }   # what is there at the beginning; see POST /_rehearsal/seed
\`\`\`

A service that stays takes no assertions from a script: send them to \`POST /_rehearsal/assertions\`.

## Assertions

${table(
  ['short form', 'object', 'counts'],
  [
    [
      code('calls createProduct 201 = 1'),
      code('{ "calls": { "operation": "createProduct", "status": 201 }, "exactly": 1 }'),
      'Requests in the journal, by `operation`, `status` (also `4xx`; 0 is no answer), `method`, `fault`.',
    ],
    [
      code('refusals = 0'),
      code('{ "refusals": {}, "exactly": 0 }'),
      'Answers with a status from 400 that no fault made: mistakes of the client. `no refusals` and `{ "noRefusals": true }` say the same.',
    ],
    [code('products = 1'), code('{ "products": {}, "exactly": 1 }'), 'Products; by `name`.'],
    [
      code('submissions completed >= 1'),
      code('{ "submissions": { "state": "completed" }, "atLeast": 1 }'),
      `Submissions, by \`state\` (${SUBMISSION_STATES.join(', ')}) and \`name\`.`,
    ],
    [
      code('faults throttle = 2'),
      code('{ "faults": { "name": "throttle" }, "exactly": 2 }'),
      'How often faults happened.',
    ],
    [
      code('faults happened'),
      code('{ "faultsHappened": true }'),
      'Holds when every fault of the schedule happened at least once.',
    ],
  ],
)}

The short form compares with \`=\`, \`>=\`, \`<=\`, \`>\` or \`<\`; objects have \`exactly\`, \`atLeast\`, \`atMost\`, and without any
of them mean at least one. Faults that were removed do not count. Counts of calls go by the newest 10,000 requests, as the journal does.

## The resources under \`/_rehearsal/\`

They exist in rehearsals only and ask for \`Authorization: Bearer KEY\`, where the key is \`ASSAY_REHEARSAL_KEY\` in the environment
of a rehearsed command, or \`key\` in the file \`rehearsal.json\` that \`assay serve --rehearsal\` writes into its data folder.
Bodies and answers are JSON, refusals have the shape of the API's.

${table(
  ['request', 'what it does'],
  [
    [code('GET /_rehearsal'), 'Seed, speed, and how many faults and entries there are.'],
    [code('GET /_rehearsal/faults'), 'The faults with `id`, `matched`, `happened` and `remaining`.'],
    [code('POST /_rehearsal/faults'), 'Adds a fault or a list of them, all or none. 201 with what was added.'],
    [code('DELETE /_rehearsal/faults'), 'Removes all. Tokens that `unauthorized` refused stay refused.'],
    [code('DELETE /_rehearsal/faults/{id}'), 'Removes one. A step that it held goes on.'],
    [
      code('GET /_rehearsal/journal'),
      'The requests, oldest first, without those to `/_rehearsal/` and `/healthz`, and how many were `dropped`. Filters: `operation`, `method`, `status` (`4xx`), `fault` (`*` for any), `refused` (`true`, `false`), `after` (a `sequence`).',
    ],
    [code('DELETE /_rehearsal/journal'), 'Empties it.'],
    [
      code('POST /_rehearsal/assertions'),
      'Checks an assertion or a list of them: 200 when all hold, 409 when not, with `passed` and `results` (`assertion`, `passed`, `found`).',
    ],
    [
      code('POST /_rehearsal/reset'),
      'Removes all products, submissions, labels and packages, all faults, and the journal. Accounts, applications, certificates and the log of signatures stay.',
    ],
    [code('POST /_rehearsal/seed'), 'Makes products and submissions as if they had been submitted.'],
  ],
)}

The journal holds no secret: signatures, tokens, codes and passwords in paths are masked, and of bodies it has only the code and
the message of refusals.

\`\`\`sh
curl -s -H "Authorization: Bearer $ASSAY_REHEARSAL_KEY" "$ASSAY_REHEARSAL_URL/_rehearsal/journal?refused=true"
\`\`\`
`;
}
