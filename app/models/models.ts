import type { Models, ReleasedModel, WorkItem, WorkStore } from '../../adapters/ports.ts';
import type { ProductName } from '../../domain/application/products.ts';
import type { LocalDate } from '../../domain/calendar.ts';
import { modelChangeId } from '../../domain/ledger/acts.ts';
import type { LedgerEvent } from '../../domain/ledger/chain.ts';
import { ledgerEvent, type EventBody } from '../../domain/ledger/events.ts';
import type { LendingMode } from '../../domain/lender.ts';
import {
  championOn,
  daysFrom,
  EMPTY_REGISTRY,
  isPromoted,
  MODELS_LEDGER,
  registry,
  type Registry,
} from '../../domain/models/registry.ts';
import { keys } from '../../domain/projections/keys.ts';
import type { ModelPackage, ModelPurpose } from '../../domain/scoring/model-package.ts';

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

/** Returns every registered package and every promotion. */
export async function registryOf(workStore: Pick<WorkStore, 'get'>): Promise<Registry> {
  const item = await workStore.get(keys.models.pk, keys.models.sk);
  return item ? registryIn(item) : EMPTY_REGISTRY;
}

/** Returns the registry in its row. */
export function registryIn({ data: { packages, promotions } }: Pick<WorkItem, 'data'>): Registry {
  return registry.parse({ packages, promotions });
}

/** Returns the entry of the newest change in the row. Each version of the row is one entry, however often it is recorded. */
export function modelEvent({ data, version }: WorkItem): LedgerEvent {
  const { by: actor, at, ...body } = data['change'] as { by: string; at: string } & EventBody<'MODEL_GOVERNED'>;
  const id = modelChangeId(version);
  return ledgerEvent({ id, applicationId: MODELS_LEDGER, type: 'MODEL_GOVERNED', occurredAt: at, actor, body });
}

/** Returns the model in force for a product and a purpose on a day. @throws ModelNotPromoted */
export async function modelInForce({ models, workStore }: ModelPorts, asked: ModelAsked): Promise<ModelInForce> {
  const found = modelOn(await registryOf(workStore), await models.released(), asked);
  if (found) return found;
  const { product, purpose, date } = asked;
  throw new ModelNotPromoted(
    `No model of purpose ${purpose} is in force for ${product} on ${date}: promote one (underwright model promote), then resume.`,
  );
}

/**
 * Returns the model in force; undefined where none is. While no package was ever promoted to champion of the product, the
 * newest released one decides in sandbox mode and none in production.
 * @param released by rising version.
 */
export function modelOn(
  registered: Registry,
  released: readonly ReleasedModel[],
  asked: ModelAsked,
): ModelInForce | undefined {
  if (asked.mode === 'sandbox' && !isPromoted(registered, asked)) {
    const newest = newestReleased(released, asked.product, asked.mode);
    return newest && { digest: newest.digest, promotion: null };
  }
  const champion = championOn(registered, asked);
  return champion && { digest: champion.digest, promotion: champion.promoted.entry };
}

/** Lists the models in force from a day on, each from its first day to the next; null for days without one. */
export function modelsFrom(
  registered: Registry,
  released: readonly ReleasedModel[],
  asked: ModelAsked,
): { readonly from: LocalDate; readonly inForce: ModelInForce | null }[] {
  return daysFrom(registered, asked)
    .map((from) => ({ from, inForce: modelOn(registered, released, { ...asked, date: from }) ?? null }))
    .filter(({ inForce }, at, all) => at === 0 || inForce?.digest !== all[at - 1]?.inForce?.digest);
}

/** Returns the newest package of the release for a product in a mode. @param released by rising version. */
export function newestReleased(
  released: readonly ReleasedModel[],
  product: ProductName,
  mode: LendingMode,
): ReleasedModel | undefined {
  return released.findLast(({ manifest }) => isAllowed(manifest, product, mode));
}

const isAllowed = ({ allowed }: Pick<ModelPackage, 'allowed'>, product: ProductName, mode: LendingMode): boolean =>
  allowed.some((permitted) => permitted.product === product && permitted.modes.includes(mode));

/** The package of the champion does not permit the product in the mode of the deployment: an officer promotes another. */
class ModelNotAllowed extends Error {
  override readonly name = 'ModelNotAllowed';
}

/** Refuses a package that was promoted in another mode. @throws ModelNotAllowed */
export function requireAllowed(manifest: ModelPackage, { product, mode }: Pick<ModelAsked, 'product' | 'mode'>): void {
  if (isAllowed(manifest, product, mode)) return;
  const { id, version } = manifest;
  throw new ModelNotAllowed(
    `${id}@${version} is not allowed for ${product} in ${mode} mode: promote a package that is, then resume.`,
  );
}
