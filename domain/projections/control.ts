import type { JsonObject } from '../json.ts';
import type { LedgerEntry } from '../ledger/chain.ts';
import { readBody } from '../ledger/events.ts';
import { afterModelChange, EMPTY_REGISTRY, type ModelChange } from '../models/registry.ts';
import { afterChange, type PolicyChange, type Proposal } from '../policy/approval.ts';
import { keys } from './keys.ts';
import { exactly, type Projected, type Rule } from './rule.ts';

/** A row whose every version is one entry: how often it was written is how many entries there are. */
const versioned = (item: Projected, version: number): Rule => {
  const rule = exactly('CONTROL_DIFFERS', item);
  return {
    ...rule,
    accepts: (row) => rule.accepts(row) && row.version === version,
    repair: { kind: 'WRITE', item, version },
  };
};

/** The switches that the ledger of switches sets. */
export function switchRules(entries: readonly LedgerEntry[]): Rule[] {
  const rules = new Map<string, Rule>();
  const versions = new Map<string, number>();
  for (const entry of entries) {
    const { kind, id, on, role, note } = readBody(entry, 'CONTROL_SWITCHED');
    const at = keys.switch(kind, id);
    const version = (versions.get(at.pk) ?? 0) + 1;
    versions.set(at.pk, version);
    const data = { kind, id, by: entry.actor, role, on, note, at: entry.occurredAt };
    rules.set(at.pk, versioned({ ...at, data }, version));
  }
  return [...rules.values()];
}

/** The changes of a product's policies, in their order. */
export function policyChanges(entries: readonly LedgerEntry[], product: string): PolicyChange[] {
  return entries.flatMap((entry) => {
    const { product: of, note: _, role: __, ...change } = readBody(entry, 'POLICY_GOVERNED');
    return of === product ? [{ ...change, by: entry.actor, at: entry.occurredAt, entry: entry.id }] : [];
  });
}

/** Returns the changes of the registry of models, in their order. */
export function modelChanges(entries: readonly LedgerEntry[]): ModelChange[] {
  return entries.map((entry) => {
    const { note: _, role: __, ...change } = readBody(entry, 'MODEL_GOVERNED');
    return { ...change, by: entry.actor, at: entry.occurredAt, entry: entry.id };
  });
}

/** Returns the row of the registry of models, which the ledger of models determines. */
export function modelRules(entries: readonly LedgerEntry[]): Rule[] {
  const last = entries.at(-1);
  if (!last) return [];
  const change = { ...readBody(last, 'MODEL_GOVERNED'), by: last.actor, at: last.occurredAt };
  const data = { ...modelChanges(entries).reduce(afterModelChange, EMPTY_REGISTRY), change };
  return [versioned({ ...keys.models, data }, entries.length)];
}

/** The proposals and approvals of each product that the ledger of policies has. */
export function policyRules(entries: readonly LedgerEntry[]): Rule[] {
  const products = [...new Set(entries.map((entry) => readBody(entry, 'POLICY_GOVERNED').product))];
  return products.map((product) => {
    const own = entries.filter((entry) => readBody(entry, 'POLICY_GOVERNED').product === product);
    const last = own.at(-1)!;
    const change = { ...readBody(last, 'POLICY_GOVERNED'), by: last.actor, at: last.occurredAt };
    const proposals = policyChanges(entries, product).reduce<Proposal[]>(afterChange, []);
    const data = { proposals, change } as unknown as JsonObject;
    return versioned({ ...keys.policy(product), data }, own.length);
  });
}
