import type { BureauRequest } from '../../domain/bureau/request.ts';

/** A request for a synthetic applicant. @param ssn nine digits; dashes are dropped. */
export function bureauRequest(ssn: string, changes: Partial<BureauRequest> = {}): BureauRequest {
  return {
    bureau: 'simulated',
    applicationId: 'application-0001',
    inquiry: 'HARD',
    purpose: 'EXTENSION_OF_CREDIT',
    reference: 'pull-0001',
    consumer: {
      firstName: 'Zoë',
      lastName: "O'Quill-Vane",
      dateOfBirth: '1984-02-29',
      ssn: ssn.replaceAll('-', ''),
      address: { street: '1 Example Way', city: 'Springfield', state: 'IL', zip: '62701' },
    },
    ...changes,
  };
}
