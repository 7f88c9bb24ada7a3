// Which fault happens when. What is left to chance follows from the seed, the fault's id and how many requests it was asked
// about before, so that other requests, whatever their order, change nothing.
import { createHash } from 'node:crypto';
import type { StepIdentity } from '../../workflow/workflow.ts';
import type { FaultName, FaultSpecification, FaultTarget } from '../fault-specification.ts';
import { FAULTS, type FaultArea } from './table.ts';

/** What is known of a request when it is asked which fault happens to it. */
export interface RequestFacts {
  /** Which part of the service it is for; `other` for the service's own pages. */
  readonly area: 'api' | 'authority' | 'blob' | 'other';
  readonly operation?: string | undefined;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/** A fault in the schedule, with the defaults filled in. */
export interface ScheduledFault extends FaultSpecification {
  readonly id: string;
  /** Requests, or steps of workflows, that it was for. */
  readonly matched: number;
  /** How often it happened. */
  readonly happened: number;
  /** How often it will still happen. */
  readonly remaining: number | 'always';
}

export interface FaultSchedule {
  add(specification: FaultSpecification): ScheduledFault;
  /** Takes a fault away; false when there is none with this id. */
  remove(id: string): boolean;
  /** Takes all away. Ids begin anew, so that the same faults lead to the same run again. */
  clear(): void;
  list(): readonly ScheduledFault[];
  /**
   * The first of the faults of these names that happens to this request, and counts it. The faults before it in the schedule
   * that are for the request but do not happen (not yet, not any more, or not by chance) have counted it as well, those after
   * it have not.
   *
   * @param applies whether the fault would change anything here; where not, it is neither counted nor given
   */
  take(
    names: readonly FaultName[],
    facts: RequestFacts,
    applies?: (specification: FaultSpecification) => boolean,
  ): FaultSpecification | undefined;
  /** Whether there is a fault of one of these names, happening or not. */
  has(names: readonly FaultName[]): boolean;
  /**
   * The faults `stuck` and `fail` that are for this step of this workflow. Each counts once for a workflow and its step, however
   * often it is asked about; one that was removed is not given any more.
   */
  takeStepFaults(step: StepIdentity): readonly FaultSpecification[];
}

interface Entry {
  readonly id: string;
  readonly specification: FaultSpecification;
  readonly times: number | 'always';
  readonly fits: (facts: RequestFacts) => boolean;
  /** What was decided for a step of a workflow. */
  readonly decided: Map<string, boolean>;
  matched: number;
  happened: number;
}

/** A path with wildcards as an expression: `*` is anything but a slash, `**` anything. */
function patternOf(path: string): RegExp {
  const source = path
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}/?$`, 'i');
}

/** Whether a request is one of those that are meant: everything that is given must fit. */
export function targetTest({ operation, method, path }: FaultTarget): (facts: RequestFacts) => boolean {
  const pattern = path === undefined ? undefined : patternOf(path);
  return (facts) =>
    (operation === undefined || facts.operation === operation) &&
    (method === undefined || facts.method === method) &&
    (pattern === undefined || pattern.test(facts.path));
}

/** Where a fault happens that names neither an operation nor a path. */
const USUAL_AREA: Readonly<Record<FaultArea, RequestFacts['area']>> = {
  api: 'api',
  submission: 'api',
  blob: 'blob',
  step: 'other',
};

function testOf({ fault, on }: FaultSpecification): (facts: RequestFacts) => boolean {
  const { area, on: usual = {} } = FAULTS[fault];
  const target = on ?? usual;
  const fits = targetTest(target);
  const anywhere = area === 'api' && (target.operation !== undefined || target.path !== undefined);
  return (facts) => (anywhere || facts.area === USUAL_AREA[area]) && fits(facts);
}

/** A number from 0 to 1 that follows from the arguments alone. */
function chance(seed: number, id: string, match: number): number {
  return createHash('sha256').update(`${seed} ${id} ${match}`).digest().readUInt32BE(0) / 2 ** 32;
}

/** A schedule without faults. */
export function createSchedule(seed: number): FaultSchedule {
  let entries: Entry[] = [];
  let added = 0;

  /** Counts a match, and tells whether the fault happens at it. */
  function decide(entry: Entry): boolean {
    const { after = 0, probability = 1 } = entry.specification;
    const match = entry.matched;
    entry.matched += 1;
    if (match < after || (entry.times !== 'always' && entry.happened >= entry.times)) return false;
    if (probability < 1 && chance(seed, entry.id, match) >= probability) return false;
    entry.happened += 1;
    return true;
  }

  function show(entry: Entry): ScheduledFault {
    const { id, specification, matched, happened, times } = entry;
    const remaining = times === 'always' ? times : times - happened;
    return { id, ...specification, times, matched, happened, remaining };
  }

  return {
    add(given) {
      const { defaults, on, times } = FAULTS[given.fault];
      const specification: FaultSpecification = { ...defaults, ...(on === undefined ? {} : { on }), ...given };
      added += 1;
      const entry: Entry = {
        id: `fault-${added}`,
        specification,
        times: given.times ?? times,
        fits: testOf(specification),
        decided: new Map(),
        matched: 0,
        happened: 0,
      };
      entries.push(entry);
      return show(entry);
    },
    remove(id) {
      const before = entries.length;
      entries = entries.filter((entry) => entry.id !== id);
      return entries.length < before;
    },
    clear() {
      entries = [];
      added = 0;
    },
    list: () => entries.map(show),
    has: (names) => entries.some(({ specification }) => names.includes(specification.fault)),
    take(names, facts, applies = () => true) {
      const happening = entries.find(
        (entry) =>
          names.includes(entry.specification.fault) &&
          entry.fits(facts) &&
          applies(entry.specification) &&
          decide(entry),
      );
      return happening?.specification;
    },
    takeStepFaults(step) {
      return entries
        .filter(({ specification }) => FAULTS[specification.fault].area === 'step' && specification.step === step.step)
        .filter((entry) => {
          const key = `${step.workflowId}/${step.step}`;
          const known = entry.decided.get(key) ?? decide(entry);
          entry.decided.set(key, known);
          return known;
        })
        .map(({ specification }) => specification);
    },
  };
}
