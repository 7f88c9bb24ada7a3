// What sdcm prints of a resource. Wrappers find ids by the lines that begin with `----`; the rest is for people. Signatures in
// URLs are masked, because these lines end up in logs.
import {
  type Audience,
  type HardwareApiError,
  maskUrl,
  type Product,
  type ShippingLabel,
  type Submission,
} from '@assay/hardware-api';

/** Writes a line to standard output. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

type Cell = string | number | bigint | boolean | undefined | null;

function text(value: Cell): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}

/** `         name:   value`, the value at a fixed column where the name leaves room. */
function field(name: string, value: Cell, indent = 9): void {
  say(`${' '.repeat(indent)}${`${name}:`.padEnd(14)} ${text(value)}`.trimEnd());
}

function list(name: string, values: readonly Cell[] | undefined): void {
  say(`         ${name}:`);
  for (const value of values ?? []) say(`                   ${text(value)}`);
}

interface Link {
  readonly href: string;
  readonly method: string;
  readonly rel: string;
}

function links(values: readonly Link[] | undefined): void {
  say('         Links:');
  for (const { href, method, rel } of values ?? []) {
    say(`               - href:   ${href}`);
    say(`               - method: ${method}`);
    say(`               - rel:    ${rel}`);
  }
}

export interface ShownStatus {
  readonly currentStep: string | number | bigint;
  readonly state: string;
  readonly messages?: readonly string[] | null;
}

/** The step, its state and its messages. */
export function dumpStatus({ currentStep, state, messages }: ShownStatus): void {
  say(`> Step:  ${currentStep}`);
  say(`> State: ${state}`);
  for (const message of messages ?? []) say(`> Message: ${message}`);
}

export function dumpProduct(product: Product): void {
  say(`---- Product: ${product.id}`);
  field('Name', product.productName);
  field('Shared Id', product.sharedProductId);
  field('DevType', product.deviceType);
  field('FWVer', product.firmwareVersion);
  field('isTestSign', product.isTestSign);
  field('isFlightSign', product.isFlightSign);
  field('isCommitted', product.isCommitted);
  field('createdBy', product.createdBy);
  field('updatedBy', product.updatedBy);
  field('createdDateTime', product.createdDateTime);
  field('updatedDateTime', product.updatedDateTime);
  field('announcementDate', product.announcementDate);
  field('testHarness', product.testHarness);
  field('message', product.message);
  list('Signatures', product.requestedSignatures);
  list('deviceMetadataIds', product.deviceMetadataIds);
  list(
    'selectedProductTypes',
    Object.entries(product.selectedProductTypes ?? {}).map(([family, type]) => `${family}: ${type}`),
  );
  list('marketingNames', product.marketingNames);
  links(product.links);
  say('');
}

export function dumpSubmission(submission: Submission): void {
  say(`---- Submission: ${submission.id}`);
  field('Name', submission.name);
  field('ProductId', submission.productId);
  field('type', submission.type);
  field('commitStatus', submission.commitStatus);
  field('isExtensionInf', submission.isExtensionInf);
  field('isUniversal', submission.isUniversal);
  field('isDeclarativeInf', submission.isDeclarativeInf);
  field('CreatedBy', submission.createdBy);
  field('CreateTime', submission.createdDateTime);
  links(submission.links);
  say('         Status:');
  if (submission.workflowStatus) dumpStatus(submission.workflowStatus);
  say('         Downloads:');
  for (const { url, type } of submission.downloads?.items ?? []) {
    say(`               - url:  ${maskUrl(url)}`);
    say(`               - type: ${type}`);
  }
  say('               - messages:');
  for (const message of submission.downloads?.messages ?? []) say(`                   ${message}`);
  say('');
}

export function dumpShippingLabel(label: ShippingLabel): void {
  say(`---- Shipping Label:  ${label.id}`);
  field('Name', label.name);
  field('ProductId', label.productId);
  field('SubmissionId', label.submissionId);
  field('Destination', label.destination);
  const { publishingSpecifications: publishing, targeting } = label;
  say('         Publishing Specifications:');
  if (publishing) {
    const { additionalInfoForMsApproval: approval, visibleToAccounts, ...flags } = publishing;
    for (const [name, value] of Object.entries(flags)) field(name, value, 11);
    say('           additionalInfoForMsApproval:');
    const { affectedOems, ...answers } = approval ?? {};
    for (const [name, value] of Object.entries(answers)) field(name, value, 15);
    say('               affectedOems:');
    for (const maker of affectedOems ?? []) say(`                            ${maker}`);
    say('           visibleToAccounts:');
    for (const account of visibleToAccounts ?? []) say(`            ${account}`);
  }
  say('         Targeting:');
  if (targeting) {
    say('           hardwareIds:');
    for (const combination of targeting.hardwareIds ?? []) {
      for (const [name, value] of Object.entries(combination)) field(name, value, 11);
    }
    say('           chids:');
    for (const { chid, distributionState } of targeting.chids ?? []) {
      field('chid', chid, 11);
      field('distributionState', distributionState, 11);
    }
    say('           restrictedToAudiences:');
    for (const audience of targeting.restrictedToAudiences ?? []) say(`           ${audience}`);
    for (const name of ['inServicePublishInfo', 'coEngDriverPublishInfo'] as const) {
      say(`           ${name}:`);
      for (const [member, value] of Object.entries(targeting[name] ?? {})) field(member, value as Cell, 15);
    }
  }
  links(label.links);
  say('         Status:');
  if (label.workflowStatus) dumpStatus(label.workflowStatus);
  say('');
}

export function dumpAudience({ id, audienceName, description, name }: Audience): void {
  say(`---- Audience: ${id}`);
  field('audienceName', audienceName);
  field('description', description);
  field('name', name);
}

/** A refused call, as sdcm shows one. */
export function dumpError({ code, status, message, validationErrors, requestId }: HardwareApiError): void {
  say('ERROR (DevCenterErrorDetails)');
  say(`Code:    ${code}`);
  say(`HttpCode:${status}`);
  say(`Message: ${message}`);
  if (validationErrors.length > 0) {
    say('ValidationErrors:');
    for (const { target, message: fault } of validationErrors) {
      say(`  Target: ${target}`);
      say(`  Message:${fault}`);
    }
  }
  say(`Request Id:     ${requestId ?? ''}`);
}
