import type { Application, Identity, Submission } from '../../domain/application/submission.ts';

/** A complete submission of a person who does not exist; the simulated bureau has a light file of a paid loan. */
export function submissionOf(changes: Partial<Submission> = {}): Submission {
  return {
    applicationId: 'application-0001',
    product: 'personal-loan',
    request: { amountCents: 1_000_000, termMonths: 36, purpose: 'DEBT_CONSOLIDATION' },
    applicant: identityOf(),
    income: { annualGrossCents: 9_600_000 },
    employment: { status: 'EMPLOYED', yearsInJob: 8 },
    housing: { status: 'RENT', monthlyPaymentCents: 120_000 },
    consents: [{ kind: 'BUREAU_PULL', textVersion: '2026-11', givenAt: '2026-01-05T11:59:00Z' }],
    ...changes,
  };
}

export function identityOf(changes: Partial<Identity> = {}): Identity {
  return {
    firstName: 'Zoë',
    lastName: "O'Quill-Vane",
    dateOfBirth: '1984-02-29',
    ssn: '900010000',
    email: 'zoe@example.test',
    phone: '+1 (800) 555-0199',
    address: { street: '1 Example Way', city: 'Springfield', state: 'IL', zip: '62701' },
    ...changes,
  };
}

export function applicationOf(changes: Partial<Application> = {}): Application {
  const { applicant, ...rest } = submissionOf();
  return {
    schemaVersion: 1,
    ...rest,
    residence: { state: applicant.address.state },
    identityDigest: '0'.repeat(64),
    ...changes,
  };
}
