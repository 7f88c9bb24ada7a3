// The audience resource ("Get audience data"): a set of machines to which a shipping label can be limited.
import { type Static, Type } from 'typebox';
import { ListOf } from './link.ts';
import { Guid } from './scalars.ts';

export const Audience = Type.Object({
  /** What `restrictedToAudiences` holds. */
  id: Guid,
  name: Type.String(),
  description: Type.String(),
  audienceName: Type.String(),
});
export type Audience = Static<typeof Audience>;

export const AudienceList = ListOf(Audience);
export type AudienceList = Static<typeof AudienceList>;
