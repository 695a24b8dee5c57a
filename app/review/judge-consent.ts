import type { WorkStore } from '../../adapters/ports.ts';
import { consentFault, textShown, type GivenConsent } from '../../domain/application/consents.ts';
import { TERMS } from '../../domain/application/products.ts';
import type { Application, FieldError } from '../../domain/application/submission.ts';
import type { LedgerEntry } from '../../domain/ledger/chain.ts';
import { byExecution } from '../../domain/ledger/reopening.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { pullConsents } from '../workflow/pull-consents.ts';
import type { TaskCommand } from './command.ts';

interface ConsentPorts {
  readonly workStore: Pick<WorkStore, 'get'>;
  readonly lending: LendingSettings;
}

/**
 * The faults of the consent in a command. A new pull rests on the consent that the command brings, or on an earlier one that
 * still permits it.
 * @param at UTC.
 */
export async function faultsOfConsent(
  ports: ConsentPorts,
  { action, consent }: TaskCommand,
  application: Application | undefined,
  { entries, at }: { readonly entries: readonly LedgerEntry[]; readonly at: string },
): Promise<FieldError[]> {
  if (action !== 'REPULL' || !application) return [];
  const { lender } = ports.lending;
  const faultOf = (each: GivenConsent) =>
    consentFault({ kind: 'BUREAU_PULL', ...each }, at, { lender, product: application.product });
  if (consent) {
    const fault = faultOf(consent);
    return fault ? [{ path: `consent.${fault.path}`, message: fault.message }] : [];
  }
  const earlier = await consentsOf(ports.workStore, application, entries);
  if (earlier.some((each) => !faultOf(each))) return [];
  const text = textShown(lender.consentTexts.BUREAU_PULL, at) ?? 'none';
  const message =
    'is missing: no consent of the applicant permits a pull today, because it is too old or an earlier inquiry used it. ' +
    `Obtain a consent to the text ${text}, and send its textVersion and givenAt`;
  return [{ path: 'consent', message }];
}

/** The consents to a report of every bureau that the product needs. */
async function consentsOf(
  workStore: ConsentPorts['workStore'],
  application: Application,
  entries: readonly LedgerEntry[],
): Promise<readonly GivenConsent[]> {
  const parts = byExecution(entries);
  const { bureaus } = TERMS[application.product];
  const found = await Promise.all(bureaus.map((bureau) => pullConsents(workStore, application, bureau, parts)));
  return found.find(({ ownUsed }) => ownUsed)?.consents ?? found[0]?.consents ?? [];
}
