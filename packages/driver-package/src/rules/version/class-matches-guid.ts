// Class and ClassGuid name the same setup class (InfVerif 1280, 1281), and an INF leaves the classes of Windows as they
// are (1285).
import { type Fault, infRule, versionPlace } from '../rule.ts';
import { classGuidOf, classNameOf } from './setup-classes.ts';

const OTHER_NAME: Fault = {
  code: 1280,
  what: 'ClassGuid is that of a class of Windows which has another name than Class says.',
  why: 'Windows goes by the GUID; people and tools that go by the name are misled.',
  remedy: 'Write the name of the class that the GUID stands for.',
};
const OTHER_GUID: Fault = {
  code: 1281,
  what: 'Class is the name of a class of Windows which has another GUID than ClassGuid says.',
  why: 'A second class of the same name would be made.',
  remedy: 'Write the GUID of the class, or give a class of your own another name.',
};
const CLASS_INSTALL: Fault = {
  code: 1285,
  what: 'The INF has [ClassInstall32] for a class that Windows defines.',
  why: 'It would change the class for the devices of all vendors.',
  remedy: 'Take the section out.',
};

export const classMatchesGuid = infRule({
  id: 'class-matches-guid',
  faults: [OTHER_NAME, OTHER_GUID, CLASS_INSTALL],
  *check(inf) {
    const { className, classGuid } = inf.description;
    if (className === undefined || classGuid === undefined) return;
    const [name, guid] = [classNameOf(classGuid), classGuidOf(className)];
    if (name !== undefined && name.toLowerCase() !== className.toLowerCase()) {
      const summary = `ClassGuid is that of the class ${name}, but Class is "${className}".`;
      yield { fault: OTHER_NAME, at: versionPlace(inf, 'Class'), summary };
    } else if (guid !== undefined && guid !== classGuid.toLowerCase()) {
      const summary = `The class ${className} has the ClassGuid ${guid}, not ${classGuid}.`;
      yield { fault: OTHER_GUID, at: versionPlace(inf, 'ClassGuid'), summary };
    }
    if (name === undefined) return;
    for (const [key, section] of inf.document.sections) {
      if (!/^classinstall32(?:\.nt[^.]*)?$/u.test(key)) continue;
      const summary = `[${section.name}] would change the class ${name}, which Windows defines.`;
      yield { fault: CLASS_INSTALL, at: { line: section.line }, summary };
    }
  },
});
