import type { WorkStore } from '../../adapters/ports.ts';
import type { GivenConsent } from '../../domain/application/consents.ts';
import type { Application } from '../../domain/application/submission.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { executionName } from '../../domain/ledger/execution-name.ts';
import { keys } from '../../domain/projections/keys.ts';
import { pullEpochOf, type PullState } from '../../domain/projections/pulls.ts';
import { pulledReport } from '../contracts.ts';

/** The consents to a report of one bureau that no earlier execution used. Whether one is too old is not decided here. */
export interface PullConsents {
  readonly consents: readonly GivenConsent[];
  /** Whether an earlier execution may have used the application's own: its inquiry may be posted. */
  readonly ownUsed: boolean;
}

/**
 * Finds the consents on which an execution may pull: of its reopening, of the persons who ordered a new pull in it, and of
 * the application where no earlier execution can have made an inquiry.
 * @param parts the entries by execution: the last part is of the execution that pulls.
 */
export async function pullConsents(
  workStore: Pick<WorkStore, 'get'>,
  application: Application,
  bureau: string,
  parts: readonly (readonly LedgerEntry[])[],
): Promise<PullConsents> {
  const earlier = parts.slice(0, -1);
  const ownUsed = await mayBePosted(workStore, application.applicationId, bureau, earlier);
  const own = application.consents.filter(({ kind }) => kind === 'BUREAU_PULL');
  const given = (parts.at(-1) ?? []).map(givenIn).filter((consent) => consent !== undefined);
  return { consents: ownUsed ? given : [...own, ...given], ownUsed };
}

function givenIn(entry: LedgerEntry): GivenConsent | undefined {
  if (entry.type === 'DECISION_REOPENED') return readBody(entry, 'DECISION_REOPENED').consent ?? undefined;
  return entry.type === 'REVIEW_COMPLETED' ? readBody(entry, 'REVIEW_COMPLETED').consent : undefined;
}

/** How many new inquiries persons ordered, by the entries of one execution. */
export function repullsIn(entries: readonly LedgerEntry[]): number {
  return entries.filter(({ type, body }) => type === 'REVIEW_COMPLETED' && body['action'] === 'REPULL').length;
}

/**
 * Whether an inquiry of earlier executions can have reached the bureau. A step that failed or was killed after it sent its
 * inquiry has no BUREAU_REPORT_PULLED entry: only the claim shows the inquiry.
 * @param parts the entries of the earlier executions, the first execution's first.
 */
async function mayBePosted(
  workStore: Pick<WorkStore, 'get'>,
  applicationId: string,
  bureau: string,
  parts: readonly (readonly LedgerEntry[])[],
): Promise<boolean> {
  const pulls = parts
    .flat()
    .filter(({ type }) => type === 'BUREAU_REPORT_PULLED')
    .map((entry) => pulledReport.parse(readBody(entry, 'BUREAU_REPORT_PULLED').output));
  if (pulls.some((pull) => pull.bureau === bureau && pull.status !== 'UNAVAILABLE')) return true;
  const epochs = parts.flatMap((part, reopening) =>
    Array.from({ length: repullsIn(part) + 1 }, (_, pullEpoch) =>
      pullEpochOf(executionName(applicationId, reopening), pullEpoch),
    ),
  );
  const claims = await Promise.all(
    epochs.map((epoch) => {
      const { pk, sk } = keys.pull(applicationId, bureau, epoch);
      return workStore.get(pk, sk);
    }),
  );
  return claims.some((claim) => claim !== undefined && (claim.data as PullState).state !== 'CLAIMED');
}
