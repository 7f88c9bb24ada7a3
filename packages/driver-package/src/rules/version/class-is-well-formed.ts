// The setup class is written as Windows reads it (InfVerif 1010, 1284, 1286).
import { type Fault, infRule, versionPlace } from '../rule.ts';

const GUID = /^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/iu;
/** MAX_CLASS_NAME_LEN without its NUL. */
const MOST_CLASS_NAME_CHARACTERS = 31;
/** Names that only Microsoft's examples use. */
const RESERVED_CLASSES = ['sample'];

const BAD_GUID: Fault = {
  code: 1010,
  submission: true,
  what: 'ClassGuid is not a GUID in braces.',
  why: 'Windows finds the setup class by this GUID.',
  remedy: 'Write it as {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}, in hexadecimal digits.',
};
const RESERVED: Fault = {
  code: 1284,
  submission: true,
  what: 'The setup class is one that only examples may use.',
  why: "It belongs to Microsoft's examples and is refused in drivers that are to be signed.",
  remedy: 'Use a class that Windows defines for this kind of device, or a class and GUID of your own.',
};
const TOO_LONG: Fault = {
  code: 1286,
  submission: true,
  what: 'The name of the setup class is too long.',
  why: `Windows keeps class names of at most ${MOST_CLASS_NAME_CHARACTERS} characters.`,
  remedy: 'Choose a shorter name.',
};

export const classIsWellFormed = infRule({
  id: 'class-is-well-formed',
  faults: [BAD_GUID, RESERVED, TOO_LONG],
  *check(inf) {
    const { className, classGuid } = inf.description;
    if (classGuid !== undefined && !GUID.test(classGuid)) {
      const at = versionPlace(inf, 'ClassGuid');
      yield { fault: BAD_GUID, at, summary: `The ClassGuid "${classGuid}" is not a GUID in braces.` };
    }
    if (className === undefined) return;
    const at = versionPlace(inf, 'Class');
    if (className.length > MOST_CLASS_NAME_CHARACTERS) {
      yield { fault: TOO_LONG, at, summary: `The Class "${className}" has ${className.length} characters.` };
    }
    if (RESERVED_CLASSES.includes(className.toLowerCase())) {
      yield { fault: RESERVED, at, summary: `The Class "${className}" is reserved.` };
    }
  },
});
