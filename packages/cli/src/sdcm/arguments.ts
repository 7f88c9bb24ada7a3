// The command line of `sdcm`: `-name value`, `--name=value`, `/name:value`, as its option parser takes them.
import { SdcmFailure } from './return-codes.ts';

/** What the options say. A switch that is given is true. */
export interface SdcmArguments {
  create?: string;
  commit?: boolean;
  list?: string;
  upload?: string;
  productid?: string;
  submissionid?: string;
  shippinglabelid?: string;
  publisherid?: string;
  partnerid?: string;
  verbose?: boolean;
  download?: string;
  metadata?: string;
  help?: boolean;
  wait?: boolean;
  waitmetadata?: boolean;
  createmetadata?: boolean;
  audience?: boolean;
  server?: string;
  creds?: string;
  aad?: string;
  timeout?: string;
  translate?: boolean;
}

interface Definition {
  readonly names: readonly string[];
  readonly takesValue: boolean;
  readonly summary: string;
  readonly member: keyof SdcmArguments;
}

const option = (member: keyof SdcmArguments, names: string, summary: string): Definition => ({
  member,
  names: names.replace(/=$/, '').split('|'),
  takesValue: names.endsWith('='),
  summary,
});

/** Every option, in the order of the help. */
const DEFINITIONS: readonly Definition[] = [
  option('create', 'c|create=', 'create what this JSON file describes: a product, a submission or a shipping label'),
  option('commit', 'commit', 'commit a submission'),
  option('list', 'l|list=', 'list a product, submission, shippinglabel or partnersubmission'),
  option('upload', 'u|upload=', 'upload this package to a submission'),
  option('productid', 'productid=', 'the product'),
  option('submissionid', 'submissionid=', 'the submission'),
  option('shippinglabelid', 'shippinglabelid=', 'the shipping label'),
  option('publisherid', 'publisherid=', 'the publisher, for partner submissions'),
  option(
    'partnerid',
    'partnerid=',
    'share with this partner instead of Windows Update when a shipping label is created',
  ),
  option('verbose', 'v', 'show each request on stderr, without secrets'),
  option('download', 'd|download=', 'download the signed package to this file'),
  option('metadata', 'm|metadata=', 'download the driver metadata to this file'),
  option('help', 'h|help|?', 'show this and end'),
  option('wait', 'w|wait', 'wait until the submission, or the shipping label, is done'),
  option('waitmetadata', 'waitmetadata', 'with -wait: also until the driver metadata is there'),
  option('createmetadata', 'createmetadata', 'ask for the driver metadata of a submission that a partner shared'),
  option('audience', 'a|audience', 'list the audiences'),
  option('server', 'server=', 'which entry of authconfig.json to use, counted from 0'),
  option(
    'creds',
    'creds=',
    'where credentials are: ENVOnly, ClientCredentials, FileOnly, AADThenFile, AADOnly, ManagedIdentity, MiThenFile',
  ),
  option('aad', 'aad=', 'taken and not used: nobody signs in by hand here'),
  option('timeout', 't|timeout=', 'seconds that one request may take (300)'),
  option('translate', 'translate', "find the own copy of a partner's submission"),
];

const BY_NAME = new Map(
  DEFINITIONS.flatMap((definition) => definition.names.map((name) => [name, definition] as const)),
);

const FLAG = /^(?:--|-|\/)([^:=]+)(?:[:=](.*))?$/s;

/** Reads the arguments; the second list holds what is no option. Throws SdcmFailure when a value is missing. */
export function parseSdcmArguments(args: readonly string[]): { options: SdcmArguments; unknown: string[] } {
  const options: Record<string, string | boolean> = {};
  const unknown: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? '';
    const [, name = '', attached] = FLAG.exec(argument) ?? [];
    // A trailing + or - sets or unsets a switch.
    const definition = BY_NAME.get(name) ?? BY_NAME.get(name.replace(/[+-]$/, ''));
    if (definition === undefined) {
      unknown.push(argument);
    } else if (!definition.takesValue) {
      options[definition.member] = !name.endsWith('-');
    } else {
      const value = attached ?? args[++index];
      if (value === undefined) {
        throw new SdcmFailure(
          'COMMAND_LINE_OPTION_PARSING_FAILED',
          `Error Parsing Options: Missing required value for option '${argument}'.`,
        );
      }
      options[definition.member] = value;
    }
  }
  return { options: options as SdcmArguments, unknown };
}

/** The options, as `-h` shows them. */
export function describeOptions(): string {
  return DEFINITIONS.map(({ names, takesValue, summary }) => {
    const forms = names.map((name) => (name.length === 1 ? `-${name}` : `--${name}`)).join(', ');
    return `  ${`${forms}${takesValue ? '=VALUE' : ''}`.padEnd(28)} ${summary}`;
  }).join('\n');
}
