// What is to hold after a rehearsal, and whether it does.
export { type Assertion, type CallFilter, parseAssertion, readStatus } from './assertion.ts';
export { type AssertionFacts, type AssertionResult, checkAssertions, matchesCall } from './check-assertions.ts';
