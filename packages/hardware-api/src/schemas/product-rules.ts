// What must hold between the properties of a new product, beyond what each must be on its own ("Additional attribute
// object": a multi-path or boot option that is used makes its partner fields mandatory).
import type { ValidationError } from '../errors.ts';
import type { NewProduct } from './product.ts';

/** Flag → the fields that it makes mandatory. */
const PARTNER_FIELDS = {
  usedProprietary: ['proprietaryName', 'proprietaryVersion'],
  usedMicrosoft: ['microsoftName', 'microsoftVersion'],
  usedBetterBoot: ['uefiVersion', 'acpiVersion'],
} as const;

/** The faults of a bound new product, one entry each; empty when there is none. */
export function checkNewProduct(product: NewProduct): ValidationError[] {
  const errors: ValidationError[] = [];
  const { storageController, raidController, svvp } = product.additionalAttributes ?? {};
  if ([storageController, raidController, svvp].filter((attributes) => attributes !== undefined).length > 1) {
    errors.push({
      target: 'additionalAttributes',
      message: 'Only one of storageController, raidController and svvp can be given.',
    });
  }
  for (const [kind, attributes] of Object.entries({ storageController, raidController })) {
    const values: Readonly<Record<string, unknown>> = attributes ?? {};
    for (const [flag, fields] of Object.entries(PARTNER_FIELDS)) {
      if (values[flag] !== true) continue;
      for (const field of fields) {
        if (values[field] === undefined || values[field] === '') {
          errors.push({
            target: `additionalAttributes.${kind}.${field}`,
            message: `The property ${field} is required when ${flag} is true.`,
          });
        }
      }
    }
  }
  return errors;
}
