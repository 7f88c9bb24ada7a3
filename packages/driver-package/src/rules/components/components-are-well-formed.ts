// Components, filters and device software that an INF adds have what they need, and only what they may have (InfVerif 1005,
// 1080, 1081, 1086, 1087, 1141, 1142, 1144, 1150, 1160, 1250: "INF AddComponent Directive", "INF AddFilter Directive",
// "INF AddSoftware Directive").
import type { InfDocument } from '../../inf/index.ts';
import { argumentPlace, firstLine, type InfTextLine, linePlace, listDirectives, readNumber } from '../reading/lines.ts';
import { type Fault, type FoundFault, infRule } from '../rule.ts';

const ARGUMENT_MISSING: Fault = {
  code: 1080,
  what: 'AddFilter, AddComponent, AddSoftware or AddInterface lacks its name or section.',
  why: 'Windows does not know what to add.',
  remedy: 'Give name, flags and section: AddFilter = gizmoflt, 0, Gizmo_Filter',
};
const BAD_VALUE: Fault = {
  code: 1081,
  what: 'A value of a component, filter or device software is none of those that there are.',
  why: 'Windows leaves the line out or refuses the INF.',
  remedy: 'Write one of the documented values.',
};
const REPEATED: Fault = {
  code: 1086,
  what: 'A section adds the same component, filter or device software twice.',
  why: 'The second one is passed over.',
  remedy: 'Keep one of the lines.',
};
const LEVEL_AND_POSITION: Fault = {
  code: 1087,
  what: 'A filter has both a level and a position.',
  why: 'Only one of them can say where the filter goes.',
  remedy: 'Keep FilterLevel or FilterPosition.',
};
const ABSOLUTE_BINARY: Fault = {
  code: 1141,
  what: 'The program of a device software is given by an absolute path.',
  why: 'It must come with the driver.',
  remedy: 'Write a path in the driver package: SoftwareBinary = %13%\\gizmo.exe',
};
const SOFTWARE_VALUE: Fault = {
  code: 1142,
  what: 'A device software lacks what its type needs: SoftwareBinary and SoftwareVersion, or SoftwareID.',
  why: 'Type 1 runs a program of the package, type 2 gets an app from the store.',
  remedy: 'Add what the type needs.',
};
const DESKTOP_ONLY: Fault = {
  code: 1144,
  what: 'A device software runs a program, which only desktop editions do.',
  why: 'On other editions the software is not installed.',
  remedy: 'Use SoftwareType 2, an app from the store, where you can.',
};
const BAD_COMPONENT_ID: Fault = {
  code: 1150,
  what: 'A ComponentID has a backslash or a comma.',
  why: 'It becomes part of a hardware id, in which both separate.',
  remedy: 'Use letters, digits and underscores.',
};
const BAD_THREADING: Fault = {
  code: 1160,
  what: 'The ThreadingModel of a COM class is none that exists.',
  why: 'COM cannot load the class.',
  remedy: 'Write Apartment, Free, Both or Neutral.',
};
const BAD_LOG: Fault = {
  code: 1250,
  what: 'An event log has a type that does not exist.',
  why: 'The events would not be found.',
  remedy: 'Write System, Application or Security.',
};

const FILTER_POSITIONS = ['upper', 'lower'];
const THREADING_MODELS = ['apartment', 'free', 'both', 'neutral'];
const LOG_TYPES = ['system', 'application', 'security'];
const PROGRAM = 1;
const STORE_APP = 2;

export const componentsAreWellFormed = infRule({
  id: 'components-are-well-formed',
  faults: [
    ARGUMENT_MISSING,
    BAD_VALUE,
    REPEATED,
    LEVEL_AND_POSITION,
    ABSOLUTE_BINARY,
    SOFTWARE_VALUE,
    DESKTOP_ONLY,
    BAD_COMPONENT_ID,
    BAD_THREADING,
    BAD_LOG,
  ],
  *check({ document }) {
    for (const [directive, check] of [
      ['AddFilter', checkFilter],
      ['AddComponent', checkComponent],
      ['AddSoftware', checkSoftware],
    ] as const) {
      const seen = new Set<string>();
      for (const line of listDirectives(document, directive)) {
        const [name = '', , section = ''] = line.args;
        if (name === '' || section === '') {
          yield {
            fault: ARGUMENT_MISSING,
            at: linePlace(line),
            summary: `${directive} has no ${name === '' ? 'name' : 'section'}.`,
          };
          continue;
        }
        const key = `${line.section.name}\n${name}`.toLowerCase();
        if (seen.has(key))
          yield { fault: REPEATED, at: linePlace(line), summary: `[${line.section.name}] adds "${name}" again.` };
        seen.add(key);
        if (document.sections.has(section.toLowerCase())) yield* check(line, valuesOf(document, section));
      }
    }
    for (const line of listDirectives(document, 'ThreadingModel')) {
      const model = line.args[0] ?? '';
      if (THREADING_MODELS.includes(model.toLowerCase())) continue;
      yield { fault: BAD_THREADING, at: argumentPlace(line, 0), summary: `The ThreadingModel is "${model}".` };
    }
    for (const line of listDirectives(document, 'AddService')) {
      const type = line.args[4] ?? '';
      if (type === '' || LOG_TYPES.includes(type.toLowerCase())) continue;
      yield { fault: BAD_LOG, at: argumentPlace(line, 4), summary: `The type of the event log is "${type}".` };
    }
  },
});

type Values = (key: string) => InfTextLine | undefined;

function valuesOf(document: InfDocument, section: string): Values {
  return (key) => firstLine(document, section, key);
}

function* checkFilter(line: InfTextLine, values: Values): Iterable<FoundFault> {
  const [level, position] = [values('FilterLevel'), values('FilterPosition')];
  const name = line.args[0];
  if (level !== undefined && position !== undefined) {
    yield {
      fault: LEVEL_AND_POSITION,
      at: linePlace(position),
      summary: `The filter "${name}" has level and position.`,
    };
  } else if (level === undefined && position === undefined) {
    yield {
      fault: ARGUMENT_MISSING,
      at: linePlace(line),
      summary: `The filter "${name}" has neither level nor position.`,
    };
  }
  const place = position?.args[0] ?? 'upper';
  if (position !== undefined && !FILTER_POSITIONS.includes(place.toLowerCase())) {
    yield { fault: BAD_VALUE, at: argumentPlace(position, 0), summary: `The FilterPosition is "${place}".` };
  }
}

function* checkComponent(line: InfTextLine, values: Values): Iterable<FoundFault> {
  const id = values('ComponentIDs');
  for (const text of id?.args ?? []) {
    if (id === undefined || !text.includes('\\')) continue;
    yield { fault: BAD_COMPONENT_ID, at: linePlace(id), summary: `"${line.args[0]}" has the id "${text}".` };
  }
}

function* checkSoftware(line: InfTextLine, values: Values): Iterable<FoundFault> {
  const type = values('SoftwareType');
  const number = readNumber(type?.args[0]);
  const name = line.args[0];
  if (type === undefined || (number !== PROGRAM && number !== STORE_APP)) {
    const at = type === undefined ? linePlace(line) : argumentPlace(type, 0);
    yield { fault: BAD_VALUE, at, summary: `The SoftwareType of "${name}" is "${type?.args[0] ?? ''}".` };
    return;
  }
  const needed = number === PROGRAM ? ['SoftwareBinary', 'SoftwareVersion'] : ['SoftwareID'];
  for (const key of needed) {
    if (values(key)?.args[0]) continue;
    yield { fault: SOFTWARE_VALUE, at: linePlace(line), summary: `The device software "${name}" has no ${key}.` };
  }
  if (number === PROGRAM) {
    yield { fault: DESKTOP_ONLY, at: linePlace(type), summary: `The device software "${name}" runs a program.` };
  }
  const binary = values('SoftwareBinary');
  const path = binary?.args[0] ?? '';
  if (binary !== undefined && /^(?:"?[a-z]:|\\\\)/iu.test(path)) {
    yield {
      fault: ABSOLUTE_BINARY,
      at: argumentPlace(binary, 0),
      summary: `SoftwareBinary of "${name}" is "${path}".`,
    };
  }
}
