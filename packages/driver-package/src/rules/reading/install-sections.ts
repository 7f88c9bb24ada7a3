// Which install section Windows takes for a device: the one for its architecture, else the one for NT, else the plain one
// ("Creating INF Files for Multiple Platforms and Operating Systems").
import type { InfDocument, InfModel } from '../../inf/index.ts';

/** The section that is taken for a device, as written; one for a version of Windows counts beside it. */
export function findInstallSections(document: InfDocument, model: InfModel): string[] {
  const base = model.installSection;
  const candidates = [`${base}.nt${model.architecture}`, `${base}.nt`, base].map((name) => name.toLowerCase());
  const taken = candidates.map((name) => document.sections.get(name)).find((section) => section !== undefined);
  return taken === undefined ? [] : [taken.name];
}
