// The bodies that make and change shipping labels ("Create a new shipping label", "Update a shipping label"), out of options.
import {
  DISTRIBUTION_RELEASES,
  findDownload,
  type HardwareClient,
  type HardwareIdCombination,
  parseDriverMetadata,
} from '@assay/hardware-api';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CommandError, EXIT } from '../exit-codes.ts';
import { parseIdentifier, type SubmissionReference } from '../identifiers.ts';
import {
  type BodyOptions,
  collect,
  collectList,
  type JsonObject,
  parseDate,
  readBody,
  requireProperty,
  valueAt,
} from './request-body.ts';

export interface NewLabelOptions extends BodyOptions {
  readonly name?: string;
  readonly destination?: string;
  readonly hardwareId?: readonly HardwareIdCombination[];
  readonly allHardwareIds?: boolean;
  readonly chid?: readonly string[];
  readonly audience?: readonly string[];
  readonly floor?: string;
  readonly ceiling?: string;
  readonly goLive?: string;
  readonly automaticInstall?: 'yes' | 'no';
  readonly visibleTo?: readonly string[];
  readonly partner?: string;
  readonly enforceChids?: boolean;
  readonly microsoftContact?: string;
  readonly validations?: string;
  readonly affectedOem?: readonly string[];
  readonly businessJustification?: string;
}

export interface LabelChangeOptions extends BodyOptions {
  readonly addHardwareId?: readonly HardwareIdCombination[];
  readonly removeHardwareId?: readonly HardwareIdCombination[];
  readonly addChid?: readonly string[];
  readonly removeChid?: readonly string[];
  readonly audience?: readonly string[];
  readonly floor?: string;
  readonly ceiling?: string;
  /** The limit to audiences is lifted. */
  readonly everybody?: boolean;
  readonly businessJustification?: string;
}

const GUID = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;

/** Largest driver metadata that is read, in bytes. */
const MOST_METADATA = 256 * 1024 * 1024;

function collectGuid(text: string, previous: readonly string[] = []): readonly string[] {
  const guids = collectList(text).map((item) => {
    const [, guid] = GUID.exec(item) ?? [];
    if (guid === undefined) throw new InvalidArgumentError('Write a GUID; several are separated by commas.');
    return guid.toLowerCase();
  });
  return [...previous, ...guids];
}

function collectHardwareId(
  text: string,
  previous: readonly HardwareIdCombination[] = [],
): readonly HardwareIdCombination[] {
  const [bundleId = '', infId = '', operatingSystemCode = '', ...rest] = text.split(':').map((part) => part.trim());
  const pnpString = rest.join(':');
  if ([bundleId, infId, operatingSystemCode, pnpString].includes('')) {
    throw new InvalidArgumentError(
      'Write BUNDLE:INF:SYSTEM:HARDWARE-ID as the driver metadata has them, for example 1:echo.inf:WINDOWS_v100_X64_GE_FULL:root\\echo.',
    );
  }
  return [...previous, { bundleId, infId, operatingSystemCode, pnpString }];
}

function releaseOption(flags: string, description: string): Option {
  const names = DISTRIBUTION_RELEASES.map(({ name }) => name);
  return new Option(flags, `${description}: ${names.join(', ')}`);
}

/** Adds the options of a new label. */
export function addNewLabelOptions(command: Command): Command {
  return command
    .option('--name <text>', 'name of the label')
    .addOption(
      new Option(
        '--destination <which>',
        'where it goes (default: anotherPartner with --partner, else windowsUpdate)',
      ).choices(['windowsUpdate', 'anotherPartner']),
    )
    .option('--hardware-id <bundle:inf:system:id>', 'what to target; may be repeated', collectHardwareId)
    .option('--all-hardware-ids', 'target everything that the driver metadata of the submission names')
    .option('--chid <guid>', 'computer hardware id to target; may be repeated', collectGuid)
    .option('--audience <guid>', 'limit it to this audience; may be repeated', collectGuid)
    .addOption(releaseOption('--floor <release>', 'earliest release of Windows that gets it'))
    .addOption(releaseOption('--ceiling <release>', 'last release of Windows that gets it'))
    .option('--go-live <date>', 'publish not before, in UTC (default: once it is approved)', parseDate)
    .addOption(
      new Option(
        '--automatic-install <yes|no>',
        'install it without being asked, on systems in use and when Windows is upgraded (default: no)',
      ).choices(['yes', 'no']),
    )
    .option('--visible-to <seller-ids>', 'accounts that may see the label', (text, before: readonly string[] = []) => [
      ...before,
      ...collectList(text).map(parseIdentifier),
    ])
    .option('--partner <seller-id>', 'share the submission with this account', parseIdentifier)
    .option('--enforce-chids', "the partner's labels have to target CHIDs")
    .option('--microsoft-contact <text>', 'for the approval: who at Microsoft knows of it')
    .option('--validations <text>', 'for the approval: how it was tested')
    .option('--affected-oem <name>', 'for the approval: whose machines get it; may be repeated', collect)
    .option('--business-justification <text>', 'for the approval: why');
}

/** Adds the options of a change. */
export function addLabelChangeOptions(command: Command): Command {
  return command
    .option('--add-hardware-id <bundle:inf:system:id>', 'target this too; may be repeated', collectHardwareId)
    .option('--remove-hardware-id <bundle:inf:system:id>', 'target this no more; may be repeated', collectHardwareId)
    .option('--add-chid <guid>', 'target this too; may be repeated', collectGuid)
    .option('--remove-chid <guid>', 'target this no more; may be repeated', collectGuid)
    .option('--audience <guid>', 'the audiences to which it is limited from now on; may be repeated', collectGuid)
    .addOption(new Option('--everybody', 'limit it to no audience any more').conflicts('audience'))
    .addOption(releaseOption('--floor <release>', 'earliest release of Windows that gets it'))
    .addOption(releaseOption('--ceiling <release>', 'last release of Windows that gets it'))
    .option('--business-justification <text>', 'for the approval: why');
}

/** Every combination in the driver metadata of a submission. */
async function readAllHardwareIds(
  client: HardwareClient,
  { productId, submissionId }: SubmissionReference,
): Promise<readonly HardwareIdCombination[]> {
  const submission = await client.getSubmission(productId, submissionId);
  if (findDownload(submission, 'driverMetadata') === undefined) {
    throw new CommandError(
      EXIT.invalidState,
      `Submission ${submissionId} has no driver metadata yet.`,
      `Wait for it with "assay submission wait ${productId}/${submissionId} --for driverMetadata"; for one that a partner shared, ask first: "assay submission metadata".`,
    );
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  const write = async (bytes: Uint8Array): Promise<void> => {
    size += bytes.length;
    if (size > MOST_METADATA) {
      throw new CommandError(EXIT.validationFailed, 'The driver metadata is larger than that of any driver.');
    }
    parts.push(bytes.slice());
  };
  await client.download(submission, 'driverMetadata', { write });
  return parseDriverMetadata(Buffer.concat(parts).toString('utf8')).combinations;
}

/** Fills in what follows from the rest, and refuses what is sure to be refused. */
function complete(body: JsonObject): void {
  requireProperty(body, 'name', '--name');
  const hardwareIds = valueAt(body, 'targeting.hardwareIds');
  if (!Array.isArray(hardwareIds) || hardwareIds.length === 0) {
    throw new CommandError(
      EXIT.usage,
      'The label targets no hardware id.',
      'Pass --hardware-id or --all-hardware-ids, or put targeting.hardwareIds into the file of --from.',
    );
  }
  if (body.destination === 'anotherPartner') {
    requireProperty(body, 'recipientSpecifications.receiverPublisherId', '--partner');
  }
  const publishing = 'publishingSpecifications';
  const automatic =
    valueAt(body, `${publishing}.isAutoInstallDuringOSUpgrade`) === true ||
    valueAt(body, `${publishing}.isAutoInstallOnApplicableSystems`) === true;
  if (automatic && valueAt(body, `${publishing}.additionalInfoForMsApproval`) === undefined) {
    throw new CommandError(
      EXIT.usage,
      'A driver that installs by itself needs a word for whoever approves it.',
      'Pass --business-justification, --validations, --microsoft-contact or --affected-oem.',
    );
  }
}

/**
 * The body of a new label. With `allHardwareIds` it calls `open` for a client and reads the driver metadata. Throws CommandError
 * for what is sure to be refused.
 */
export async function newLabelBody(
  options: NewLabelOptions,
  submission: SubmissionReference,
  open: () => Promise<HardwareClient>,
): Promise<JsonObject> {
  const automatic = options.automaticInstall === undefined ? undefined : options.automaticInstall === 'yes';
  const hardwareIds =
    options.allHardwareIds === true ? await readAllHardwareIds(await open(), submission) : options.hardwareId;
  const publishing = 'publishingSpecifications';
  const approval = `${publishing}.additionalInfoForMsApproval`;
  const body = await readBody(options, {
    name: options.name,
    destination: options.destination ?? (options.partner === undefined ? undefined : 'anotherPartner'),
    'recipientSpecifications.receiverPublisherId': options.partner,
    'recipientSpecifications.enforceChidTargeting': options.enforceChids,
    'targeting.hardwareIds': hardwareIds,
    'targeting.chids': options.chid?.map((chid) => ({ chid })),
    'targeting.restrictedToAudiences': options.audience,
    'targeting.inServicePublishInfo.flooring': options.floor,
    'targeting.inServicePublishInfo.ceiling': options.ceiling,
    [`${publishing}.goLiveDate`]: options.goLive,
    [`${publishing}.visibleToAccounts`]: options.visibleTo?.map(BigInt),
    [`${publishing}.isAutoInstallDuringOSUpgrade`]: automatic,
    [`${publishing}.isAutoInstallOnApplicableSystems`]: automatic,
    [`${publishing}.manualAcquisition`]: automatic === undefined ? undefined : !automatic,
    [`${approval}.microsoftContact`]: options.microsoftContact,
    [`${approval}.validationsPerformed`]: options.validations,
    [`${approval}.affectedOems`]: options.affectedOem,
    [`${approval}.businessJustification`]: options.businessJustification,
  });
  body.destination ??= 'windowsUpdate';
  if (body.destination === 'windowsUpdate') {
    body[publishing] = {
      isAutoInstallDuringOSUpgrade: false,
      isAutoInstallOnApplicableSystems: false,
      ...(body[publishing] as JsonObject | undefined),
    };
    const { isAutoInstallDuringOSUpgrade: one, isAutoInstallOnApplicableSystems: other } = body[
      publishing
    ] as JsonObject;
    body[publishing] = { manualAcquisition: one !== true && other !== true, ...(body[publishing] as JsonObject) };
  }
  complete(body);
  return body;
}

/** The body of a change. Throws CommandError when it would change nothing. */
export async function labelChangesBody(options: LabelChangeOptions): Promise<JsonObject> {
  const acting = (action: 'add' | 'remove') => (item: object) => ({ action, ...item });
  const hardwareIds = [
    ...(options.addHardwareId ?? []).map(acting('add')),
    ...(options.removeHardwareId ?? []).map(acting('remove')),
  ];
  const chids = [
    ...(options.addChid ?? []).map((chid) => ({ action: 'add', chid })),
    ...(options.removeChid ?? []).map((chid) => ({ action: 'remove', chid })),
  ];
  const body = await readBody(options, {
    'targeting.hardwareIds': hardwareIds.length === 0 ? undefined : hardwareIds,
    'targeting.chids': chids.length === 0 ? undefined : chids,
    'targeting.restrictedToAudiences': options.everybody === true ? [] : options.audience,
    'targeting.inServicePublishInfo.flooring': options.floor,
    'targeting.inServicePublishInfo.ceiling': options.ceiling,
    'targeting.businessJustification': options.businessJustification,
  });
  if (body.targeting === undefined) {
    throw new CommandError(EXIT.usage, 'There is nothing to change.', 'See "assay shipping-label update --help".');
  }
  return body;
}
