import { FEATURES } from '../domain/features/catalogue.ts';

/** The columns of the champion, in order: the features of the catalog that the LendingClub data has. */
export const COLUMNS = FEATURES.filter(({ name }) => name !== 'oldest_account_months').map((definition) => ({
  ...definition,
  feature: `${definition.name}@${definition.version}`,
  missingCodes: [],
}));
