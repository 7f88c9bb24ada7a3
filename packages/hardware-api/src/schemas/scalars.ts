// The scalar types of the API as JSON schemas. A `format` names a rule in bind.ts, which reads requests; for responses the
// formats only document what is written.
import { Type } from 'typebox';

/** A 64-bit integer written as a bare JSON number; a bigint on our side. */
export const Int64 = Type.Unsafe<bigint>({ type: 'integer', format: 'int64' });

/** ISO 8601; without a zone it means UTC. Written in UTC. */
export const DateTime = Type.String({ format: 'date-time' });

export const Guid = Type.String({ format: 'uuid' });

/** A code of `OPERATING_SYSTEMS`, in its documented spelling once bound. */
export const OperatingSystemCode = Type.String({ format: 'operating-system-code' });

/** A name of `DISTRIBUTION_RELEASES`, in its documented spelling once bound. */
export const DistributionReleaseName = Type.String({ format: 'distribution-release' });

/** Operating-system family code → product type. */
export const ProductTypesByFamily = Type.Unsafe<Record<string, string>>({
  type: 'object',
  propertyNames: { format: 'operating-system-family-code' },
  patternProperties: { '^.*$': { type: 'string', format: 'product-type' } },
});

/** One of these strings; read without case, written as given here. */
export function Enumeration<const Values extends readonly string[]>(values: Values) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: [...values] });
}
