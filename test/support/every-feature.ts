import { FEATURES } from '../../domain/features/catalogue.ts';

/** The whole catalog, as a model package that has every feature declares it. */
export const EVERY_FEATURE = FEATURES.map((definition) => ({
  ...definition,
  feature: `${definition.name}@${definition.version}`,
  missingCodes: [] as number[],
}));
