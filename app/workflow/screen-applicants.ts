import * as z from 'zod';

import type { Identities, Vault, WorkStore } from '../../adapters/ports.ts';
import { identitySchema } from '../../domain/application/submission.ts';
import { localDate } from '../../domain/calendar.ts';
import { screeningStatement } from '../../domain/ledger/statements.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { keys } from '../../domain/projections/keys.ts';
import type { Summary } from '../../domain/projections/summary.ts';
import { screenApplicant, withCleared, type Screening } from '../../domain/screening/screen.ts';
import type { Searchable } from '../../domain/screening/search.ts';
import { isOpen } from '../../domain/status.ts';
import { evidenceAddress, stepInput, type Contract, type Output, type UseCase } from '../contracts.ts';
import { personKey } from '../intake/person-key.ts';
import { readSummary } from '../work-items.ts';
import { clearedMatches } from './cleared-matches.ts';
import { recordStep, sealed, type StepPorts } from './record-step.ts';

export const contract = {
  input: z.strictObject(stepInput),
  output: z.strictObject({ status: z.enum(['CLEAR', 'HOLD']), evidence: evidenceAddress }),
} as const satisfies Contract;

export interface ScreeningPorts extends StepPorts {
  readonly lending: LendingSettings;
  readonly screeningList: () => Promise<Searchable>;
  readonly identities: Identities;
  readonly vault: Vault;
  readonly workStore: WorkStore;
}

/** Compares the applicant with the screening list and looks for other open applications of the same person. */
export function screenApplicants(ports: ScreeningPorts): UseCase<typeof contract> {
  return (called) =>
    recordStep<Output<typeof contract>>(ports, called, 'APPLICANTS_SCREENED', async () => {
      const { applicationId } = called.application;
      const identity = identitySchema.parse(await ports.identities.get(applicationId));
      const linked = await linkedApplications(ports, applicationId, identity.ssn);
      const others = await otherOpenApplications(ports, applicationId, linked);
      const today = localDate(called.step.enteredAt, ports.lending.lender.timeZone);
      const found = screenApplicant(identity, await ports.screeningList(), today, others);
      const screening = await withoutCleared(ports, [...linked, applicationId], found);
      const reference = await sealed(ports, applicationId, 'screening', screening);
      return { evidence: [reference], ...screeningStatement(screening, reference.address) };
    });
}

/** Reads what reviewers cleared only where there is a match. */
async function withoutCleared(ports: StepPorts, applicationIds: string[], found: Screening): Promise<Screening> {
  const { digest } = found.list;
  if (found.possibleMatches.length === 0 || digest === undefined) return found;
  return withCleared(found, await clearedMatches(ports, applicationIds, digest));
}

/** The person's other applications, at most 100. */
async function linkedApplications(
  { vault, workStore }: ScreeningPorts,
  applicationId: string,
  ssn: string,
): Promise<string[]> {
  const { items } = await workStore.list(keys.person(await personKey(vault, ssn), applicationId).pk);
  return items.map(({ sk }) => sk).filter((id) => id !== applicationId);
}

const orderOf = ({ receivedAt, applicationId }: Summary) => `${receivedAt} ${applicationId}`;

/** Counts the person's applications that were started before this one and are open. */
async function otherOpenApplications(
  { workStore }: ScreeningPorts,
  applicationId: string,
  linked: readonly string[],
): Promise<number> {
  const own = await readSummary(workStore, applicationId);
  const summaries = await Promise.all(linked.map((id) => readSummary(workStore, id)));
  return summaries.filter(
    (other) => own && other?.executionArn && isOpen(other.status) && orderOf(other) < orderOf(own),
  ).length;
}
