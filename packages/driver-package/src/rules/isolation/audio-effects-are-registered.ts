// Audio processing objects are registered with the device, and those of Windows through its own INF (InfVerif 2660 to 2663,
// "Implementing Audio Processing Objects", "Windows 11 APIs for Audio Processing Objects").
import { linePlace, listDirectives } from '../reading/lines.ts';
import { keyText, listRegistryLines } from '../reading/registry.ts';
import { type Fault, infRule } from '../rule.ts';

const SHARED: Fault = {
  code: 2660,
  what: 'An audio processing object is registered under HKCR.',
  why: 'There it is registered for the whole machine, and drivers with different versions of it overwrite each other.',
  remedy: 'Register it under HKR: HKR,AudioEngine\\AudioProcessingObjects\\...',
};
const OTHER_CLASS: Fault = {
  code: 2661,
  what: 'An INF of another class than AudioProcessingObject registers an audio processing object.',
  why: 'Such objects are components of their own, which the INF of the audio device adds.',
  remedy: 'Move it to an INF of the class AudioProcessingObject, and add that component with AddComponent.',
};
const NOT_INCLUDED: Fault = {
  code: 2662,
  what: 'Audio effects of Windows are used, but wdmaudio.inf is not included.',
  why: 'That INF copies and registers them; without it they may be missing.',
  remedy: 'Add Include = wdmaudio.inf and Needs = mssysfx.CopyFilesAndRegisterCapX to the install section.',
};
const NOT_NEEDED: Fault = {
  code: 2663,
  what: 'Audio effects of Windows are used, but no Needs names the section of wdmaudio.inf that registers them.',
  why: 'Including an INF brings nothing in by itself.',
  remedy: 'Add Needs = mssysfx.CopyFilesAndRegisterCapX to the install section.',
};

const OBJECTS = /^audioengine\\audioprocessingobjects(?:\\|$)/iu;
const OBJECT_CLASS = '{5989fce8-9cd0-467d-8a6a-5419e31529d4}';
/** The effects for streams and for modes that Windows brings along. */
const WINDOWS_EFFECTS = new Set(['{c9453e73-8c5c-4463-9984-af8bab2f5447}', '{13ab3ebd-137e-4903-9d89-60be8277fd17}']);

export const audioEffectsAreRegistered = infRule({
  id: 'audio-effects-are-registered',
  faults: [SHARED, OTHER_CLASS, NOT_INCLUDED, NOT_NEEDED],
  *check({ document, description }) {
    const isObject = description.classGuid?.toLowerCase() === OBJECT_CLASS;
    const isIncluded = listDirectives(document, 'Include').some(({ args }) =>
      args.some((name) => name.toLowerCase() === 'wdmaudio.inf'),
    );
    const isNeeded = listDirectives(document, 'Needs').some(({ args }) =>
      args.some((name) => /^mssysfx\./iu.test(name)),
    );
    const seen = new Set<object>();
    for (const item of listRegistryLines(document)) {
      const { line, root, subkey, operation, values } = item;
      if (seen.has(line.entry) || operation !== 'AddReg') continue;
      seen.add(line.entry);
      const at = linePlace(line);
      if (OBJECTS.test(subkey) && root === 'HKCR') {
        yield { fault: SHARED, at, summary: `AddReg changes ${keyText(item)}, for the whole machine.` };
      } else if (OBJECTS.test(subkey) && root === 'HKR' && !isObject) {
        const summary = `AddReg changes ${keyText(item)} in an INF of the class "${description.className ?? ''}".`;
        yield { fault: OTHER_CLASS, at, summary };
      }
      const effect =
        isNeeded && isIncluded ? undefined : values.find((value) => WINDOWS_EFFECTS.has(value.toLowerCase()));
      if (effect === undefined || root !== 'HKR') continue;
      const fault = isIncluded ? NOT_NEEDED : NOT_INCLUDED;
      const lacking = isIncluded ? 'needs no section of it that registers' : 'does not include';
      yield { fault, at, summary: `The effect ${effect} comes from wdmaudio.inf, but the INF ${lacking} it.` };
    }
  },
});
