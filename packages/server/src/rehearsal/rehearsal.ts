// A rehearsal: the service as it is, with faults that were asked for, a speed, and a journal. What the rest of the server
// sees of it is this interface; `create-server.ts` leads requests, blob URLs and steps through it when rehearsal is on.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Sas } from '../blob/index.ts';
import type { StepIdentity, StepResult } from '../workflow/workflow.ts';
import type { FaultSpecification } from './fault-specification.ts';
import type { Journal } from './journal.ts';

/** How fast workflows go: at once, some seconds a step, as the real service, or times as long as that (0.01 is a hundredth). */
export type RehearsalSpeed = 'instant' | 'brisk' | 'realistic' | number;

export interface RehearsalOptions {
  /** Decides everything that is left to chance; the same seed and the same requests give the same run. 1 by default. */
  readonly seed?: number;
  readonly speed?: RehearsalSpeed;
  /** Milliseconds that single steps last, by name (`scanning`), whatever the speed. */
  readonly stepDurationsMs?: Readonly<Record<string, number>>;
  readonly faults?: readonly FaultSpecification[];
  /** What `/_rehearsal/` asks for as bearer token; made when not given. */
  readonly key?: string;
  /** Whether packages need a signature by a registered certificate. `registered` by default; `any` also takes unsigned ones. */
  readonly packageSignature?: 'registered' | 'any';
}

/** What the server's parts ask of a rehearsal. */
export interface Rehearsal {
  readonly key: string;
  readonly journal: Journal;
  /** Adds hooks for every request, and the routes under `/_rehearsal/`. Before any other route. */
  attach(app: FastifyInstance): void;
  /** Is shown what signs URLs, before `attach`, and gives what is to sign them from then on. */
  wrapSas(sas: Sas): Sas;
  /** Least time that a step lasts, in milliseconds. */
  stepDurationMs(step: StepIdentity): number;
  /** What becomes of a step instead of its own work; undefined lets it run. */
  intervene(step: StepIdentity): Promise<StepResult | undefined>;
}

/** What whoever started the server can do with its rehearsal. */
export interface RunningRehearsal {
  /** Bearer token of `/_rehearsal/`. */
  readonly key: string;
  readonly journal: Journal;
  /** Answers a request that arrived by another way than the server's own port, such as the intercepting proxy. */
  handle(request: IncomingMessage, response: ServerResponse): void;
}
