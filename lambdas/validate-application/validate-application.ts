import { validateApplication as validate } from '../../domain/application/completeness.ts';
import { TERMS } from '../../domain/application/products.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { receivedDigest, receivedEventId } from '../intake-application/intake-application.ts';
import type { OutputOf } from '../contracts.ts';
import type { StepOf } from '../handler.ts';
import { readApplication } from '../read-evidence.ts';
import { recordStep, sealed, type StepPorts } from '../record-step.ts';

/** Holds the reference against the ledger, then the application against its product's terms. */
export function validateApplication(ports: StepPorts): StepOf<'ValidateApplication'> {
  return async (called) => {
    const { application: reference } = called;
    const received = await ports.ledger.find(reference.applicationId, receivedEventId(reference.applicationId));
    if (!received || receivedDigest(received) !== reference.digest) {
      return { status: 'REJECTED', evidence: null, bureaus: [] };
    }
    return recordStep<OutputOf<'ValidateApplication'>>(ports, called, 'APPLICATION_VALIDATED', async () => {
      const application = await readApplication(ports.evidence, reference);
      const { receivedOn } = readBody(received, 'APPLICATION_RECEIVED');
      const terms = TERMS[application.product];
      const validation = validate(application, terms, received.occurredAt, receivedOn);
      const reference_ = await sealed(ports, reference.applicationId, 'validation', validation);
      return {
        output: { status: validation.status, evidence: reference_.address, bureaus: [...terms.bureaus] },
        evidence: [reference_],
        facts: { missing: validation.missing.map(({ path }) => path) },
      };
    });
  };
}
