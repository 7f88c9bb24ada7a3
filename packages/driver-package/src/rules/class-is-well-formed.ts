// The setup class is written as Windows reads it (InfVerif 1010, 1284, 1286).
import { infRule, versionLine } from './driver.ts';

const GUID = /^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/iu;
/** MAX_CLASS_NAME_LEN without its NUL. */
const MOST_CLASS_NAME_CHARACTERS = 31;
/** Names that only Microsoft's examples use. */
const RESERVED_CLASSES = ['sample'];

export const classIsWellFormed = infRule('class-is-well-formed', function* (inf) {
  const { className, classGuid } = inf.description;
  if (classGuid !== undefined && !GUID.test(classGuid)) {
    yield {
      code: 1010,
      severity: 'error',
      line: versionLine(inf, 'ClassGuid'),
      summary: `The ClassGuid "${classGuid}" is not a GUID in braces.`,
      explanation: 'Windows finds the setup class by this GUID.',
      remedy: 'Write it as {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}, in hexadecimal digits.',
    };
  }
  if (className !== undefined && className.length > MOST_CLASS_NAME_CHARACTERS) {
    yield {
      code: 1286,
      severity: 'error',
      line: versionLine(inf, 'Class'),
      summary: `The Class "${className}" has ${className.length} characters.`,
      explanation: `Windows keeps class names of at most ${MOST_CLASS_NAME_CHARACTERS} characters.`,
      remedy: 'Choose a shorter name.',
    };
  }
  if (className !== undefined && RESERVED_CLASSES.includes(className.toLowerCase())) {
    yield {
      code: 1284,
      severity: 'error',
      line: versionLine(inf, 'Class'),
      summary: `The Class "${className}" is reserved.`,
      explanation: "It belongs to Microsoft's examples and is refused in drivers that are to be signed.",
      remedy: 'Use a class that Windows defines for this kind of device, or a class and GUID of your own.',
    };
  }
});
