import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { intakeApplication } from '../../app/intake/intake-application.ts';
import { CONTRACTS } from '../support/contracts.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { LENDER } from '../support/lender.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';

/** The last millisecond of 2026 and the first of 2027 in the zone of the lender, which is America/Chicago. */
const LAST_OF_2026 = '2027-01-01T05:59:59.999Z';
const FIRST_OF_2027 = '2027-01-01T06:00:00.000Z';

let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

const addressIn = (state: string) => ({ ...identityOf().address, state });
async function submit(at: string, state: string, kinds: readonly string[]) {
  embedded.ports.clock.set(at);
  const applicant = identityOf({ address: addressIn(state) });
  const consents = kinds.map((kind) => ({ kind, textVersion: '2026-11', givenAt: '2026-12-30T12:00:00Z' }));
  const submission = submissionOf({ applicant, consents } as never);
  return CONTRACTS.IntakeApplication.output.parse(await intakeApplication(embedded.ports)(submission));
}

describe('the notice at the point of interaction', () => {
  test('is required of a resident of Colorado from 2027-01-01, by the local date of the lender', async () => {
    expect(await submit(LAST_OF_2026, 'CO', ['BUREAU_PULL'])).toMatchObject({ result: 'ACCEPTED' });
  });

  test('is named with the text in force where it is missing, and nothing is stored', async () => {
    const answer = await submit(FIRST_OF_2027, 'CO', ['BUREAU_PULL']);
    const version = LENDER.consentTexts.AUTOMATED_DECISION.at(-1)!.version;
    expect(answer).toEqual({
      result: 'REJECTED',
      errors: [{ path: 'consents', message: expect.stringContaining(`has no AUTOMATED_DECISION`) }],
    });
    expect(JSON.stringify(answer)).toContain(`its text ${version}`);
    for (const table of ['ledger_entries', 'work_items', 'evidence_objects', 'vault_applications']) {
      expect(embedded.rows(table)).toEqual([]);
    }
  });

  test('lets the application in where it was shown', async () => {
    const answer = await submit(FIRST_OF_2027, 'CO', ['BUREAU_PULL', 'AUTOMATED_DECISION']);
    expect(answer).toMatchObject({ result: 'ACCEPTED' });
  });

  test('is not required of a resident of another state', async () => {
    expect(await submit(FIRST_OF_2027, 'IL', ['BUREAU_PULL'])).toMatchObject({ result: 'ACCEPTED' });
  });
});
