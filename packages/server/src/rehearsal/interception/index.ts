// Interception: leads clients that know only Microsoft's names to a rehearsal, and nowhere else.
export {
  type ClientEnvironmentOptions,
  clientEnvironment,
  type EnvironmentTemplate,
  EnvironmentTemplateError,
  parseEnvironmentTemplate,
  rehearsalVariables,
  TEMPLATE_VALUES,
} from './client-environment.ts';
export { type HostNames, leadHostNames } from './host-names.ts';
export { InterceptionError, type InterceptionErrorKind } from './interception-error.ts';
export { type Outcome, readOutcome, type SubmissionOutcome } from './outcome.ts';
export { type Interception, type InterceptionOptions, startInterception } from './start-interception.ts';
export { INTERCEPTED_HOSTS } from './tls-end.ts';
