// Ids in answers. parseJson gives small ones as number and large ones as bigint; the rest of the client wants one type.

/** The properties of the API's resources that hold 64-bit ids. */
const IDENTIFIER_PROPERTIES: ReadonlySet<string> = new Set([
  'id',
  'productId',
  'submissionId',
  'sharedProductId',
  'sourceProductId',
  'sourcePublisherId',
]);

function toIdentifier(value: unknown): unknown {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^\d{1,19}$/.test(value)) return BigInt(value);
  return value;
}

/** The same resource (or list of them) with every id as bigint. Only the levels on which the API has ids are looked at. */
export function withBigintIds(resource: unknown): unknown {
  if (Array.isArray(resource)) return resource.map(withBigintIds);
  if (typeof resource !== 'object' || resource === null) return resource;
  return Object.fromEntries(
    Object.entries(resource).map(([name, value]) => {
      if (IDENTIFIER_PROPERTIES.has(name)) return [name, toIdentifier(value)];
      return [name, name === 'value' ? withBigintIds(value) : value];
    }),
  );
}
