import type { WorkStore } from '../../adapters/ports.ts';
import type { PolicyResult } from '../../domain/policy/result.ts';
import { KILL_SWITCH, referredBy } from '../../domain/policy/switched.ts';
import { keys } from '../../domain/projections/keys.ts';

/** A policy's result under the switches of its product, its policy and the model that it read. */
export async function underSwitches(
  workStore: WorkStore,
  product: string,
  modelDigest: string | null,
  result: PolicyResult,
): Promise<PolicyResult> {
  const places = [
    keys.switch('product', product),
    keys.switch('policy', result.policy.digest),
    ...(modelDigest === null ? [] : [keys.switch('model', modelDigest)]),
  ];
  const items = await Promise.all(places.map(({ pk, sk }) => workStore.get(pk, sk)));
  return items.some((item) => item?.data['on'] === true) ? referredBy(KILL_SWITCH, result) : result;
}
