import { isRefused } from '../../app/governance/govern-policy.ts';
import { localDate } from '../../domain/calendar.ts';
import { modelChangeId, policyChangeId, switchId } from '../../domain/ledger/acts.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { afterModelChange, EMPTY_REGISTRY, objectionTo } from '../../domain/models/registry.ts';
import { afterChange, type Proposal } from '../../domain/policy/approval.ts';
import { modelChanges, policyChanges } from '../../domain/projections/control.ts';
import { requireRole, type Act } from './act.ts';
import { NotNamed, type Expected } from './rests-on.ts';

type ControlAct = Pick<Act, 'entry' | 'before' | 'lending'>;

/** What each entry of a control ledger must have, as the entries before it determine. */
export const CONTROL_ACTS = {
  CONTROL_SWITCHED: controlSwitched,
  POLICY_GOVERNED: policyGoverned,
  MODEL_GOVERNED: modelGoverned,
};

function controlSwitched({ entry, before }: ControlAct): Expected {
  const { kind, id, role } = readBody(entry, 'CONTROL_SWITCHED');
  requireRole(entry, role, 'SET_SWITCH');
  const earlier = before.filter(({ body }) => body['kind'] === kind && body['id'] === id).length;
  return { id: switchId(kind, id, earlier + 1) };
}

/** The change was allowed where the changes before it had brought the policies of its product. */
function policyGoverned(act: ControlAct): Expected {
  const { entry, before } = act;
  const { role, ...change } = readBody(entry, 'POLICY_GOVERNED');
  requireRole(entry, role, 'GOVERN_POLICY');
  const earlier = policyChanges(before, change.product);
  const proposals = earlier.reduce<Proposal[]>(afterChange, []);
  if (
    isRefused({ ...change, by: entry.actor }, proposals, {
      at: entry.occurredAt,
      timeZone: act.lending.lender.timeZone,
    })
  ) {
    throw new NotNamed('The changes before it do not allow it: see docs/policies.md.');
  }
  return { id: policyChangeId(change.product, earlier.length + 1) };
}

/** The change was allowed where the changes before it had brought the registry of models. */
function modelGoverned(act: ControlAct): Expected {
  const { entry, before } = act;
  requireRole(entry, readBody(entry, 'MODEL_GOVERNED').role, 'GOVERN_MODEL');
  const earlier = modelChanges(before).reduce(afterModelChange, EMPTY_REGISTRY);
  const [change] = modelChanges([entry]);
  if (!change || objectionTo(earlier, change, localDate(entry.occurredAt, act.lending.lender.timeZone))) {
    throw new NotNamed('The changes before it do not allow it: see docs/models.md.');
  }
  return { id: modelChangeId(before.length + 1) };
}
