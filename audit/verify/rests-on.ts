import type { Json } from '../../domain/json.ts';
import { canonicalJson } from '../../domain/ledger/canonical-json.ts';

/** Values that an entry must have by the records that it rests on, by the path of the member in the entry. */
export type Expected = Readonly<Record<string, Json>>;

/** An entry that the records before it rule out. The message is the detail of the fault. */
export class NotNamed extends Error {
  override readonly name = 'NotNamed';
}

export const same = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) === canonicalJson(b ?? null);
