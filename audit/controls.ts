import type { WorkItem } from '../adapters/ports.ts';
import { POLICIES_LEDGER, policyEvent } from '../app/governance/govern-policy.ts';
import { SWITCHES_LEDGER, switchEvent } from '../app/governance/set-switch.ts';
import { modelEvent } from '../app/models/models.ts';
import type { LedgerEntry, LedgerEvent } from '../domain/ledger/chain.ts';
import { MODELS_LEDGER } from '../domain/models/registry.ts';
import { modelRules, policyRules, switchRules } from '../domain/projections/control.ts';
import type { Rule } from '../domain/projections/rule.ts';

/** A ledger that is no application's. */
export interface Control {
  readonly ledgerId: string;
  /** The one type of its entries. */
  readonly type: 'CONTROL_SWITCHED' | 'POLICY_GOVERNED' | 'MODEL_GOVERNED';
  /** The start of the keys of its rows. */
  readonly prefix: string;
  readonly rulesOf: (entries: readonly LedgerEntry[]) => Rule[];
  /** Returns the entry of the newest change in a row. It throws for a row that has none. */
  readonly eventOf: (row: WorkItem) => LedgerEvent;
}

export const CONTROLS: readonly Control[] = [
  {
    ledgerId: SWITCHES_LEDGER,
    type: 'CONTROL_SWITCHED',
    prefix: 'SWITCH#',
    rulesOf: switchRules,
    eventOf: switchEvent,
  },
  { ledgerId: POLICIES_LEDGER, type: 'POLICY_GOVERNED', prefix: 'POLICY#', rulesOf: policyRules, eventOf: policyEvent },
  { ledgerId: MODELS_LEDGER, type: 'MODEL_GOVERNED', prefix: 'MODELS', rulesOf: modelRules, eventOf: modelEvent },
];

export const controlNamed = (ledgerId: string): Control | undefined =>
  CONTROLS.find((control) => control.ledgerId === ledgerId);

/** Returns the control ledger that a row is of; undefined for other rows. */
export const controlOfRow = ({ pk }: { readonly pk: string }): Control | undefined =>
  CONTROLS.find(({ prefix }) => pk.startsWith(prefix));
