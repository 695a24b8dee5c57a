import { POLICIES_LEDGER } from '../app/governance/govern-policy.ts';
import { SWITCHES_LEDGER } from '../app/governance/set-switch.ts';
import type { LedgerEntry } from '../domain/ledger/chain.ts';
import type { EventType } from '../domain/ledger/events.ts';
import { MODELS_LEDGER } from '../domain/models/registry.ts';
import { modelRules, policyRules, switchRules } from '../domain/projections/control.ts';
import type { Rule } from '../domain/projections/rule.ts';

/** A ledger that is no application's. */
export interface Control {
  readonly ledgerId: string;
  /** The one type of its entries. */
  readonly type: EventType;
  /** The start of the keys of its rows. */
  readonly prefix: string;
  readonly rulesOf: (entries: readonly LedgerEntry[]) => Rule[];
}

export const CONTROLS: readonly Control[] = [
  { ledgerId: SWITCHES_LEDGER, type: 'CONTROL_SWITCHED', prefix: 'SWITCH#', rulesOf: switchRules },
  { ledgerId: POLICIES_LEDGER, type: 'POLICY_GOVERNED', prefix: 'POLICY#', rulesOf: policyRules },
  { ledgerId: MODELS_LEDGER, type: 'MODEL_GOVERNED', prefix: 'MODELS', rulesOf: modelRules },
];

export const controlNamed = (ledgerId: string): Control | undefined =>
  CONTROLS.find((control) => control.ledgerId === ledgerId);

/** Returns the control ledger that a row is of; undefined for other rows. */
export const controlOfRow = ({ pk }: { readonly pk: string }): Control | undefined =>
  CONTROLS.find(({ prefix }) => pk.startsWith(prefix));
