import * as z from 'zod';

import type { Events, Ledger } from '../../adapters/ports.ts';
import { PERMITTED } from '../../domain/access/access.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { fieldErrors } from '../../domain/application/submission.ts';
import { caseOf, conflictObjection, type Case } from '../../domain/casework/case.ts';
import { digestOf } from '../../domain/ledger/canonical-json.ts';
import { eventOf, type LedgerEntry } from '../../domain/ledger/chain.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { appendOnce } from '../append-once.ts';
import { fieldError, instant, type Contract, type Output, type UseCase } from '../contracts.ts';
import { syncCase, syncStatus } from '../work-items.ts';
import {
  closingExpired,
  planAct,
  planClaim,
  type CaseworkPorts,
  type ClaimPorts,
  type Planned,
  type Working,
} from './acts.ts';
import {
  ACT_NAMES,
  CASE_REFUSALS,
  caseCommand,
  caseView,
  viewOf,
  type CaseCommand,
  type CaseView,
  type CommandOf,
} from './command.ts';

/** Work on a case: claims, comments, documents and due days. Parsed by the use case itself, which names every fault. */
export const contract = {
  input: z.unknown(),
  output: z.discriminatedUnion('result', [
    z.strictObject({
      result: z.literal('DONE'),
      act: z.enum(ACT_NAMES),
      at: instant,
      /** Whether an earlier call did it. */
      repeated: z.boolean(),
      /** Who else works on the case; null where no other person has claimed it. */
      warning: z.string().nullable(),
      case: caseView,
    }),
    z.strictObject({ result: z.literal('REJECTED'), errors: z.array(fieldError).min(1) }),
    z.strictObject({
      result: z.literal('REFUSED'),
      applicationId,
      reason: z.enum(CASE_REFUSALS),
      message: z.string(),
    }),
  ]),
} as const satisfies Contract;
type Answer = Output<typeof contract>;

/**
 * Records what a person does on a case that waits. The id of an act has its number, so of two people at once the ledger takes
 * one, and the other is judged again by what the first did. Repeating an act answers with the first.
 */
export function workCase(ports: CaseworkPorts & { readonly events: Events }): UseCase<typeof contract> {
  return async (input) => {
    const parsed = caseCommand.safeParse(input);
    if (!parsed.success) return { result: 'REJECTED', errors: fieldErrors(parsed.error, input) };
    const command = parsed.data;
    const answer = await untilTaken(ports, command, (working) => planAct(working, command));
    if (command.act === 'REQUEST_DOCUMENT' && answer.result === 'DONE') await publishRequest(ports, answer.case);
    return answer;
  };
}

/** Announces a request, so that the front end shows it to the applicant. A repeated call announces it again. */
async function publishRequest(
  { ledger, events }: { readonly ledger: Ledger; readonly events: Events },
  { applicationId, request }: CaseView,
): Promise<void> {
  const entry = request && (await ledger.find(applicationId, request.id));
  const announcement = entry && announcementOf(entry);
  if (announcement) await events.publish([announcement]);
}

/** Claims a case. @returns as `workCase`. */
export function claimCase(ports: ClaimPorts, command: CommandOf<'CLAIM'>): Promise<Answer> {
  return untilTaken(ports, command, (working) => planClaim(working, command, command.by));
}

/** Tries an act until no other writer comes first. */
async function untilTaken<Ports extends ClaimPorts>(
  ports: Ports,
  command: CaseCommand,
  plan: (working: Working<Ports>) => Planned | Promise<Planned>,
): Promise<Answer> {
  for (;;) {
    const answer = await attempt(ports, command, plan);
    if (answer) return answer;
  }
}

/** @returns undefined where another writer came first. */
async function attempt<Ports extends ClaimPorts>(
  ports: Ports,
  command: CaseCommand,
  plan: (working: Working<Ports>) => Planned | Promise<Planned>,
): Promise<Answer | undefined> {
  const { applicationId, by } = command;
  const entries = await ports.ledger.read(applicationId);
  const found = caseOf(entries);
  if (!found) {
    const message = 'No task of it waits for a person: look at its status.';
    return { result: 'REFUSED', applicationId, reason: 'NOT_WAITING', message };
  }
  const now = ports.clock.now().toISOString();
  if (found.request && found.request.until <= now) {
    await appendOnce(ports.ledger, closingExpired(found, found.request));
    return undefined;
  }
  if (!mayWork(command, found)) {
    const message = `The role ${command.role} cannot decide on the review queue: a reviewer works on this case.`;
    return { result: 'REFUSED', applicationId, reason: 'ROLE_CANNOT_DECIDE', message };
  }
  const conflict = conflictOf(command, found);
  if (conflict) return { result: 'REFUSED', applicationId, ...conflict };
  const planned = await plan({ ports, found, now });
  if ('errors' in planned) return { result: 'REJECTED', errors: planned.errors };
  if ('reason' in planned) return { result: 'REFUSED', applicationId, ...planned };
  const repeated = 'earlier' in planned;
  const entry = repeated ? planned.earlier : await appendOnce(ports.ledger, planned.event);
  if (!repeated && digestOf(eventOf(entry)) !== digestOf(planned.event)) return undefined;
  const after = await show(ports, applicationId);
  const left = caseOf(after) ?? found;
  const { act } = command;
  return {
    result: 'DONE',
    act,
    at: entry.occurredAt,
    repeated,
    warning: warningOf(left, by, now),
    case: viewOf(left, now),
  };
}

/** Writes the rows that show the case and the status. */
async function show(ports: ClaimPorts, applicationId: string): Promise<readonly LedgerEntry[]> {
  await syncCase(ports, applicationId);
  return syncStatus(ports, applicationId);
}

/** The conflict of interest of the person who acts, or to which person a case is assigned. A declaration may be repeated. */
function conflictOf(command: CaseCommand, found: Case): ReturnType<typeof conflictObjection> {
  if (command.act === 'DECLARE_CONFLICT') return undefined;
  return (
    conflictObjection(found, command.by) ??
    (command.act === 'ASSIGN' ? conflictObjection(found, command.to) : undefined)
  );
}

/** Whether a role works on the cases of a queue: one that may decide on them, and for claims one that may override them. */
function mayWork({ role, act }: CaseCommand, { queue }: Case): boolean {
  const may = PERMITTED[role];
  if (may.includes(queue === 'REVIEW' ? 'DECIDE_REVIEW' : 'RELEASE')) return true;
  return may.includes('OVERRIDE_CLAIM') && (act === 'ASSIGN' || act === 'RELEASE');
}

function warningOf({ claim }: Case, by: string, now: string): string | null {
  if (!claim || claim.until <= now || claim.holder === by || claim.by === by) return null;
  return `${claim.holder} has claimed this case until ${claim.until}.`;
}
