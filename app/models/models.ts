import type { Models, ReleasedModel, WorkStore } from '../../adapters/ports.ts';
import type { ProductName } from '../../domain/application/products.ts';
import type { LocalDate } from '../../domain/calendar.ts';
import type { LendingMode } from '../../domain/lender.ts';
import type { ModelPurpose } from '../../domain/scoring/model-package.ts';

/** No model is in force for the product on the day that counts: an officer promotes one, then an operator resumes. */
class ModelNotPromoted extends Error {
  override readonly name = 'ModelNotPromoted';
}

export interface ModelPorts {
  readonly models: Models;
  readonly workStore: WorkStore;
}

/** For which scores a model is chosen. */
export interface ModelAsked {
  readonly product: ProductName;
  readonly purpose: ModelPurpose;
  /** The lender's local date of the step that scores. */
  readonly date: LocalDate;
  readonly mode: LendingMode;
}

export interface ModelInForce {
  /** SHA-256 of the package's manifest.json. */
  readonly digest: string;
  /** The ledger entry of its promotion; null for a released package that needs none. */
  readonly promotion: string | null;
}

/** The model in force for a product and a purpose on a day. @throws ModelNotPromoted */
export async function modelInForce({ models }: ModelPorts, asked: ModelAsked): Promise<ModelInForce> {
  const { product, purpose, date, mode } = asked;
  const released = newestReleased(await models.released(), product, mode);
  if (released) return { digest: released.digest, promotion: null };
  throw new ModelNotPromoted(
    `No model of purpose ${purpose} is in force for ${product} on ${date}: promote one (underwright model promote), then resume.`,
  );
}

/** The newest package of the release that is allowed for a product in a mode. @param released by rising version. */
export function newestReleased(
  released: readonly ReleasedModel[],
  product: ProductName,
  mode: LendingMode,
): ReleasedModel | undefined {
  return released.findLast(({ manifest }) =>
    manifest.allowed.some((permitted) => permitted.product === product && permitted.modes.includes(mode)),
  );
}
