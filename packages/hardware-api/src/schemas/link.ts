// The link object that every resource carries.
import { type Static, Type } from 'typebox';
import { Enumeration } from './scalars.ts';

export const LINK_RELATIONS = [
  'self',
  'next_link',
  'get_submissions',
  'commit_submission',
  'update_submission',
  'update_shippinglabel',
] as const;

export const Link = Type.Object({
  href: Type.String(),
  rel: Enumeration(LINK_RELATIONS),
  method: Enumeration(['GET', 'POST', 'PATCH', 'PUT']),
});
export type Link = Static<typeof Link>;

/** A page of resources; `links` holds `self` and, when there is more, `next_link`. */
export function ListOf<Item extends Parameters<typeof Type.Array>[0]>(item: Item) {
  return Type.Object({ value: Type.Array(item), links: Type.Array(Link) });
}
