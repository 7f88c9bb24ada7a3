// Faults of how a submission looks. They change the answer alone: what the service knows stays as it is.
import { parseJson, stringifyJson } from '@assay/hardware-api';
import { SUBMISSION_STEPS } from '@assay/hardware-api/schemas';
import type { Clock } from '../../clock.ts';
import type { FaultName, FaultSpecification } from '../fault-specification.ts';
import type { FaultSchedule, RequestFacts } from './schedule.ts';

const PRESENTATION_FAULTS: readonly FaultName[] = [
  'missing-downloads',
  'early-completed',
  'late-metadata',
  'numeric-step',
];

/** Operations whose answer is a submission, or a list of them. */
const OPERATIONS: ReadonlySet<string> = new Set([
  'createSubmission',
  'getSubmission',
  'updateSubmission',
  'listSubmissions',
]);

interface ShownSubmission {
  id: bigint | number;
  commitStatus?: string;
  workflowStatus?: { currentStep: string | number; state: string; messages?: string[]; errorReport?: string };
  downloads?: { items: { type: string; url: string }[]; messages: string[] };
}

/** What is there before a workflow has results. */
const PACKAGES: ReadonlySet<string> = new Set(['initialPackage', 'derivedPackage']);

/** Answers with submissions, changed by the faults that are for them. */
export interface Presentation {
  /** The answer as it is to be sent, and the faults that happened to it. */
  change(body: string, facts: RequestFacts): { readonly body: string; readonly happened: readonly FaultName[] };
  /** Forgets when signed packages were shown. */
  clear(): void;
}

export function createPresentation(schedule: FaultSchedule, clock: Clock): Presentation {
  /** The submissions that each fault has shown as completed too early. */
  const shownEarly = new WeakMap<FaultSpecification, Set<string>>();
  /** When the signed package of a submission was first shown, in milliseconds. */
  const signedSince = new Map<string, number>();

  function showEarlyCompleted(shown: ShownSubmission, facts: RequestFacts): boolean {
    const { workflowStatus: status } = shown;
    if (status === undefined || shown.commitStatus === 'commitPending' || shown.commitStatus === 'commitFailed') {
      return false;
    }
    const id = String(shown.id);
    const hasEnded = status.currentStep === 'finalizeIngestion' && status.state === 'completed';
    const applies = (given: FaultSpecification): boolean =>
      hasEnded
        ? shownEarly.get(given)?.has(id) !== true
        : status.state === 'started' && status.currentStep === given.step;
    const fault = schedule.take(['early-completed'], facts, applies);
    if (fault?.step === undefined) return false;
    shownEarly.set(fault, (shownEarly.get(fault) ?? new Set()).add(id));
    status.currentStep = fault.step;
    status.state = 'completed';
    if (shown.downloads !== undefined) {
      shown.downloads.items = shown.downloads.items.filter(({ type }) => PACKAGES.has(type));
    }
    return true;
  }

  function hideMetadata(shown: ShownSubmission, facts: RequestFacts): boolean {
    const items = shown.downloads?.items ?? [];
    if (shown.downloads === undefined || !items.some(({ type }) => type === 'signedPackage')) return false;
    const now = clock().getTime();
    const since = signedSince.get(String(shown.id)) ?? now;
    signedSince.set(String(shown.id), since);
    const isThere = items.some(({ type }) => type === 'driverMetadata');
    const applies = ({ seconds = 0 }: FaultSpecification): boolean => isThere && now - since < seconds * 1000;
    if (schedule.take(['late-metadata'], facts, applies) === undefined) return false;
    shown.downloads.items = items.filter(({ type }) => type !== 'driverMetadata');
    return true;
  }

  function leaveDownloadsOut(shown: ShownSubmission, facts: RequestFacts): boolean {
    if (facts.operation !== 'createSubmission' || shown.downloads === undefined) return false;
    if (schedule.take(['missing-downloads'], facts) === undefined) return false;
    delete shown.downloads;
    return true;
  }

  function numberStep(shown: ShownSubmission, facts: RequestFacts): boolean {
    const { workflowStatus: status } = shown;
    const steps: readonly (string | number)[] = SUBMISSION_STEPS;
    const place = steps.indexOf(status?.currentStep ?? '');
    if (status === undefined || place < 0 || schedule.take(['numeric-step'], facts) === undefined) return false;
    status.currentStep = place;
    return true;
  }

  /** In this order: a result that is not shown yet has no metadata that could be late. */
  const changes: readonly (readonly [FaultName, (shown: ShownSubmission, facts: RequestFacts) => boolean])[] = [
    ['missing-downloads', leaveDownloadsOut],
    ['early-completed', showEarlyCompleted],
    ['late-metadata', hideMetadata],
    ['numeric-step', numberStep],
  ];

  return {
    change(body, facts) {
      const isShown = facts.operation !== undefined && OPERATIONS.has(facts.operation);
      if (!isShown || !schedule.has(PRESENTATION_FAULTS)) return { body, happened: [] };
      const document = parseJson(body) as ShownSubmission & { value?: ShownSubmission[] };
      const happened = new Set<FaultName>();
      for (const shown of document.value ?? [document]) {
        for (const [name, change] of changes) if (change(shown, facts)) happened.add(name);
      }
      return happened.size === 0 ? { body, happened: [] } : { body: stringifyJson(document), happened: [...happened] };
    },
    clear() {
      signedSince.clear();
    },
  };
}
