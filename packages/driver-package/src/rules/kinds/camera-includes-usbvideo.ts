// A camera that runs with the video driver of Windows gets it through the INF of Windows (InfVerif 2650 to 2652).
import { argumentPlace, linePlace, listDirectives } from '../reading/lines.ts';
import { listServices } from '../reading/services.ts';
import { type Fault, infRule } from '../rule.ts';

const DIRECT: Fault = {
  code: 2650,
  what: 'The INF of a camera makes a service of usbvideo.sys itself.',
  why: 'The settings of that service belong to Windows and change with its versions.',
  remedy: 'Leave AddService out, and use Include = usbvideo.inf with Needs of its sections.',
};
const NOT_INCLUDED: Fault = {
  code: 2651,
  what: 'The INF of a camera needs a section of usbvideo.inf without including that file.',
  why: 'Windows looks into the INFs that the same section includes.',
  remedy: 'Add Include = usbvideo.inf to the section.',
};
const NOT_NEEDED: Fault = {
  code: 2652,
  what: 'The INF of a camera includes usbvideo.inf but needs none of its sections.',
  why: 'Including an INF brings nothing in by itself.',
  remedy: 'Add Needs with the section of usbvideo.inf that has the same ending.',
};

/** Camera, and Image as older ones have it. */
const CAMERA_CLASSES = new Set(['{ca3e7ab9-b4c3-4ae6-8251-579ef933890f}', '{6bdd1fc6-810f-11d0-bec7-08002be2092f}']);
const FILE = 'usbvideo.inf';
const SECTION = /^usbvideo\./iu;

export const cameraIncludesUsbvideo = infRule({
  id: 'camera-includes-usbvideo',
  faults: [DIRECT, NOT_INCLUDED, NOT_NEEDED],
  *check({ document, description }) {
    if (!CAMERA_CLASSES.has(description.classGuid?.toLowerCase() ?? '')) return;
    for (const { name, value } of listServices(document)) {
      const binary = value('ServiceBinary');
      if (binary === undefined || !/[\\/]usbvideo\.sys"?$/iu.test(binary.args[0] ?? '')) continue;
      const summary = `The service "${name}" is made of "${binary.args[0]}".`;
      yield { fault: DIRECT, at: argumentPlace(binary, 0), summary };
    }
    const includes = listDirectives(document, 'Include').filter(({ args }) =>
      args.some((text) => text.toLowerCase() === FILE),
    );
    const needs = listDirectives(document, 'Needs');
    const including = new Set(includes.map(({ section }) => section));
    for (const line of needs) {
      const index = line.args.findIndex((text) => SECTION.test(text) && !document.sections.has(text.toLowerCase()));
      if (index < 0 || including.has(line.section)) continue;
      const summary = `[${line.section.name}] needs [${line.args[index]}] but does not include ${FILE}.`;
      yield { fault: NOT_INCLUDED, at: argumentPlace(line, index), summary };
    }
    const needing = new Set(needs.filter(({ args }) => args.some((text) => text !== '')).map(({ section }) => section));
    for (const line of includes) {
      if (needing.has(line.section)) continue;
      const summary = `[${line.section.name}] includes ${FILE} but needs no section.`;
      yield { fault: NOT_NEEDED, at: linePlace(line), summary };
    }
  },
});
