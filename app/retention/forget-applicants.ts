import * as z from 'zod';

import {
  IdentityMissing,
  KeyDestroyed,
  KeyMissing,
  type Events,
  type Identities,
  type PrintQueue,
  type Vault,
  type WorkItem,
} from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { identitySchema } from '../../domain/application/submission.ts';
import { forgettingStatement, forgottenStatement } from '../../domain/ledger/acts.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { ledgerEvent } from '../../domain/ledger/events.ts';
import { announcementOf } from '../../domain/projections/announcements.ts';
import { keys } from '../../domain/projections/keys.ts';
import { evidenceOf, forgettingOf, refusalToForget, retentionOf } from '../../domain/retention/retention.ts';
import { appendOnce } from '../append-once.ts';
import type { Contract, Output, UseCase } from '../contracts.ts';
import { beginToAbandon, abandonedIntakes, endAbandoning } from '../intake/abandoned-intakes.ts';
import { personKey } from '../intake/person-key.ts';
import { removeItem, syncStatus } from '../work-items.ts';
import { keepRecords, lockedUntil, readReceived, today, type RetentionPorts } from './retention.ts';

/** Called on a schedule, with an event in which nothing matters, or by a person. The only one that destroys keys. */
export const contract = {
  input: z.looseObject({
    /** Says what is due and does nothing. */
    dryRun: z.boolean().optional(),
    /** How many applications to look at, at most. */
    limit: z.int().min(1).max(1000).optional(),
  }),
  output: z.strictObject({
    forgotten: z.array(applicationId),
    /** What is due: of a dry run. */
    due: z.array(applicationId),
    /** What the list had and the ledger keeps, under the new date. */
    postponed: z.array(applicationId),
    /** Not wholly gone: they stay on the list for the next call. */
    failed: z.array(z.strictObject({ applicationId, error: z.string() })),
    /** Whether there is more than it looked at. */
    more: z.boolean(),
  }),
} as const satisfies Contract;

export interface ForgettingPorts extends RetentionPorts {
  readonly vault: Vault;
  readonly identities: Identities;
  readonly events: Events;
  readonly printQueue: Pick<PrintQueue, 'discard'>;
}

/** Each takes about 10 calls of stores, 50 ms: 100 are forgotten in less than a minute. */
const MAX_APPLICATIONS = 100;

/**
 * Forgets applicants whose records nothing keeps any more: the data key and the identity are destroyed, and with them
 * what every sealed object says; the index by which the person was found again is removed. The chain stays, and says so.
 * So are those whose intake was abandoned before it accepted anything: no chain has them.
 *
 * The list only says where to look: each application is judged by its ledger. Run on a schedule; what a call does not
 * reach, or dies over, the next one does.
 */
export function forgetApplicants(ports: ForgettingPorts): UseCase<typeof contract> {
  return async ({ dryRun = false, limit = MAX_APPLICATIONS }) => {
    const answer: Output<typeof contract> = { forgotten: [], due: [], postponed: [], failed: [], more: false };
    const { items, next } = await ports.workStore.listIndex(keys.kept, { limit });
    const until = today(ports);
    const listed = items.filter(({ index }) => (index?.sk ?? '').slice(0, until.length) < until);
    const applications = listed.map(({ data }) => (data as { applicationId: string }).applicationId);
    await forEachOf(applications, answer, async (id) => (dryRun ? dueOrKept(ports, id) : forgetOrKeep(ports, id)));
    const abandoned = new Map(
      (await abandonedIntakes(ports, limit)).map((item) => [
        (item.data as { applicationId: string }).applicationId,
        item,
      ]),
    );
    await forEachOf([...abandoned.keys()], answer, async (id) => {
      if (dryRun) return 'due';
      return (await abandon(ports, id, abandoned.get(id)!)) ? 'forgotten' : undefined;
    });
    if (answer.failed.length > 0 && !dryRun) await publishFailed(ports, answer.failed);
    const more = (next !== undefined && listed.length === items.length) || abandoned.size >= limit;
    return { ...answer, more };
  };
}

type Outcome = 'forgotten' | 'due' | 'postponed' | undefined;

/** Adds each application to the list of its outcome, or to those that failed, which keep no other from its turn. */
async function forEachOf(
  applications: readonly string[],
  answer: Output<typeof contract>,
  act: (applicationId: string) => Promise<Outcome>,
): Promise<void> {
  for (const applicationId of applications) {
    try {
      const outcome = await act(applicationId);
      if (outcome) answer[outcome].push(applicationId);
    } catch (error) {
      answer.failed.push({ applicationId, error: (error as Error).name });
    }
  }
}

async function dueOrKept(ports: ForgettingPorts, applicationId: string): Promise<Outcome> {
  return (await isKept(ports, applicationId)) ? 'postponed' : 'due';
}

async function forgetOrKeep(ports: ForgettingPorts, applicationId: string): Promise<Outcome> {
  if (await isKept(ports, applicationId)) {
    await keepRecords(ports, applicationId);
    return 'postponed';
  }
  return (await forget(ports, applicationId)) ? 'forgotten' : 'postponed';
}

/** Whether the ledger says that the application must still be there. */
async function isKept(ports: ForgettingPorts, applicationId: string): Promise<boolean> {
  const entries = (await readReceived(ports, applicationId)) ?? [];
  if (forgettingOf(entries).decided) return false;
  const retention = retentionOf(entries, ports.lending.lender.timeZone);
  const locked = retention.requested ? await lockedUntil(ports, entries) : null;
  return refusalToForget(retention, today(ports), locked) !== undefined;
}

/** @returns whether it is done: a hold or a reopening that came first keeps it. */
async function forget(ports: ForgettingPorts, applicationId: string): Promise<boolean> {
  const decided = await decideToForget(ports, applicationId);
  if (!decided) {
    await keepRecords(ports, applicationId);
    return false;
  }
  await syncStatus(ports, applicationId);
  await unlinkPerson(ports, applicationId);
  const decisions = evidenceOf(await ports.ledger.read(applicationId)).filter(({ kind }) => kind === 'decision');
  const offers = decisions.map(({ address }) => keys.offers(applicationId, address));
  const notices = [keys.delivery(applicationId), keys.noticeClock(applicationId)];
  for (const { pk, sk } of [keys.task(applicationId), keys.case(applicationId), ...notices, ...offers])
    await removeItem(ports.workStore, { pk, sk });
  await ports.printQueue.discard(applicationId);
  await ports.vault.destroyDataKey(applicationId);
  const objects = evidenceOf(await ports.ledger.read(applicationId)).length;
  const occurredAt = ports.clock.now().toISOString();
  const entry = await appendOnce(
    ports.ledger,
    ledgerEvent({
      ...forgottenStatement(decided, objects),
      applicationId,
      type: 'APPLICANT_FORGOTTEN',
      occurredAt,
      actor: 'system',
    }),
  );
  const announcement = announcementOf(entry);
  if (announcement) await ports.events.publish([announcement]);
  const { pk, sk } = keys.retention(applicationId);
  await removeItem(ports.workStore, { pk, sk });
  return true;
}

/** @returns whether it is done: a front end that sent it again first keeps it. */
async function abandon(ports: ForgettingPorts, applicationId: string, item: WorkItem): Promise<boolean> {
  const begun = await beginToAbandon(ports.workStore, item);
  if (!begun) return false;
  await unlinkPerson(ports, applicationId);
  await ports.vault.destroyDataKey(applicationId);
  await endAbandoning(ports.workStore, begun);
  return true;
}

/** Puts into the chain that nothing keeps the person. @returns undefined where a hold or a reopening came before it. */
async function decideToForget(ports: ForgettingPorts, applicationId: string): Promise<LedgerEntry | undefined> {
  const entries = await ports.ledger.read(applicationId);
  const { decided } = forgettingOf(entries);
  if (decided) return decided;
  await appendOnce(
    ports.ledger,
    ledgerEvent({
      ...forgettingStatement(applicationId, entries, retentionOf(entries, ports.lending.lender.timeZone)),
      applicationId,
      type: 'FORGETTING_DECIDED',
      occurredAt: ports.clock.now().toISOString(),
      actor: 'system',
    }),
  );
  return forgettingOf(await ports.ledger.read(applicationId)).decided;
}

/** Removes the one index that leads from a person to the application: only the identity says which key it has. */
async function unlinkPerson({ identities, vault, workStore }: ForgettingPorts, applicationId: string): Promise<void> {
  let ssn: string;
  try {
    ({ ssn } = identitySchema.parse(await identities.get(applicationId)));
  } catch (error) {
    // An earlier call came as far as the key; or nobody was ever linked.
    if (error instanceof KeyDestroyed || error instanceof KeyMissing || error instanceof IdentityMissing) return;
    throw error;
  }
  const { pk, sk } = keys.person(await personKey(vault, ssn), applicationId);
  await removeItem(workStore, { pk, sk });
}

async function publishFailed(
  { events, clock }: ForgettingPorts,
  failed: Output<typeof contract>['failed'],
): Promise<void> {
  const occurredAt = clock.now().toISOString();
  await events.publish([
    { id: `forgetting-failed/${occurredAt}`, type: 'ForgettingFailed', occurredAt, detail: { failed } },
  ]);
}
