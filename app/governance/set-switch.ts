import * as z from 'zod';

import type { Clock, Ledger, WorkItem, WorkStore } from '../../adapters/ports.ts';
import { PRODUCT_NAMES } from '../../domain/application/products.ts';
import { fieldErrors } from '../../domain/application/submission.ts';
import { switchId } from '../../domain/ledger/acts.ts';
import type { LedgerEvent } from '../../domain/ledger/chain.ts';
import { digestText } from '../../domain/ledger/digest.ts';
import { ledgerEvent, readBody } from '../../domain/ledger/events.ts';
import { keys } from '../../domain/projections/keys.ts';
import { actingRole, fieldError, instant, person, type Contract, type UseCase } from '../contracts.ts';
import { faultOfNote } from '../retention/retention.ts';
import { compareAndSwap, RACE_LOST, writeItem } from '../work-items.ts';

/** Stops or resumes automatic outcomes of a product, a policy or a model: parsed by the handler itself. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({
      result: z.literal('SET'),
      kind: z.enum(['product', 'policy', 'model']),
      id: z.string(),
      on: z.boolean(),
      at: instant,
      /** Whether it stood so already, by the same person with the same note. */
      repeated: z.boolean(),
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
  ]),
} as const satisfies Contract;

export interface SwitchPorts {
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly clock: Clock;
}

/** Under which the ledger keeps the history of all switches. */
export const SWITCHES_LEDGER = 'control-switches';

const by = {
  by: person,
  role: actingRole('SET_SWITCH'),
  on: z.boolean('must be true or false'),
  note: z.string('must be text').trim().min(10, 'must say why, in 10 characters or more').max(2000),
};
const digest = digestText('must be the 64 lower-case hexadecimal digits of its digest');
const command = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('product'), id: z.enum(['personal-loan', 'auto-loan', 'credit-line']), ...by }),
  z.strictObject({ kind: z.literal('policy'), id: digest, ...by }),
  z.strictObject({ kind: z.literal('model'), id: digest, ...by }),
]);
type Command = z.infer<typeof command>;

const state = z.strictObject({ kind: z.string(), id: z.string(), ...by, at: z.string() });
type State = Command & { readonly at: string };

/**
 * Turns a switch on or off: while it is on, the automatic outcomes of that product, policy or model go to a person. It
 * takes effect at once, before the ledger has it; the next call or reconciliation writes an entry that a died call owes.
 */
export function setSwitch(ports: SwitchPorts): UseCase<typeof contract> {
  return async (input) => {
    const parsed = command.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const asked = parsed.data;
    const fault = faultOfNote(asked.note, ports);
    if (fault) return { result: 'REJECTED', errors: [{ path: 'note', message: fault }] };
    const { kind, id, on } = asked;
    const place = keys.switch(kind, id);
    return compareAndSwap(ports.workStore, place, async (present) => {
      if (present) await record(ports, present);
      const current = present && stateOf(present);
      if (current && current.on === on && current.by === asked.by && current.note === asked.note) {
        return { result: 'SET', kind, id, on, at: current.at, repeated: true };
      }
      const at = ports.clock.now().toISOString();
      const data = { ...asked, at };
      const written = await writeItem(ports.workStore, present, { ...place, data });
      if (!written) return RACE_LOST;
      await record(ports, written);
      return { result: 'SET', kind, id, on, at, repeated: false };
    });
  };
}

async function record({ ledger }: SwitchPorts, item: WorkItem): Promise<void> {
  await ledger.append(switchEvent(item));
}

/** Returns the entry of a switch's newest setting. Each version of its row is one entry, however often it is written. */
export function switchEvent(item: WorkItem): LedgerEvent {
  const { kind, id, on, role, note, by: actor, at } = stateOf(item);
  return ledgerEvent({
    id: switchId(kind, id, item.version),
    applicationId: SWITCHES_LEDGER,
    type: 'CONTROL_SWITCHED',
    occurredAt: at,
    actor,
    body: { role, kind, id, on, note },
  });
}

function stateOf({ data }: WorkItem): State {
  return state.parse(data) as State;
}

/** Returns the present state of every switch that was ever set: those of products first, then in the order of their first setting. */
export async function allSwitches({ ledger, workStore }: Pick<SwitchPorts, 'ledger' | 'workStore'>): Promise<State[]> {
  const entries = await ledger.read(SWITCHES_LEDGER);
  const known = [
    ...PRODUCT_NAMES.map((id) => ({ kind: 'product', id })),
    ...entries.map((entry) => readBody(entry, 'CONTROL_SWITCHED')),
  ];
  const distinct = new Map(known.map(({ kind, id }) => [`${kind}:${id}`, keys.switch(kind, id)]));
  const items = await Promise.all([...distinct.values()].map(({ pk, sk }) => workStore.get(pk, sk)));
  return items.filter((item) => item !== undefined).map(stateOf);
}
