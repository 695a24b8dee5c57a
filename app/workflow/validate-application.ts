import * as z from 'zod';

import { validateApplication as validate } from '../../domain/application/completeness.ts';
import { TERMS } from '../../domain/application/products.ts';
import { readBody } from '../../domain/ledger/events.ts';
import { executionName, parseExecutionName } from '../../domain/ledger/execution-name.ts';
import { byExecution, validatedExecution } from '../../domain/ledger/reopening.ts';
import { validationStatement } from '../../domain/ledger/statements.ts';
import { evidenceAddress, stepInput, type Contract, type Output, type UseCase } from '../contracts.ts';
import { readApplication } from './read-evidence.ts';
import { sealed, stepEntry, type StepPorts } from './record-step.ts';
import { receivedEventId, referenceFor } from './start-execution.ts';

export const contract = {
  input: z.strictObject(stepInput),
  output: z.strictObject({
    /** `REJECTED`: no such application was taken in, or its content is another. */
    status: z.enum(['COMPLETE', 'INCOMPLETE', 'REJECTED']),
    evidence: evidenceAddress.nullable(),
    /** The bureaus that the product needs. */
    bureaus: z.array(z.string()),
  }),
} as const satisfies Contract;

type Validated = Output<typeof contract>;

/**
 * Holds the reference against the ledger, then the application against its product's terms. The first execution that
 * comes here since the application was received, or since it was last reopened, is the application's; another is rejected,
 * so that an application is decided once.
 */
export function validateApplication(ports: StepPorts): UseCase<typeof contract> {
  return async (called) => {
    const { application: reference, step } = called;
    const rejected: Validated = { status: 'REJECTED', evidence: null, bureaus: [] };
    const entries = await ports.ledger.read(reference.applicationId);
    const received = entries.find(({ id }) => id === receivedEventId(reference.applicationId));
    const { reopening } = parseExecutionName(step.executionArn);
    const newest = byExecution(entries).length - 1;
    if (!received || reopening !== newest || referenceFor(entries, newest)?.digest !== reference.digest) {
      return rejected;
    }
    const executionArn = executionName(reference.applicationId, reopening);
    const inAnyExecution = { ...called, step: { ...step, executionArn, round: 0 } };
    const entry = await stepEntry(ports, inAnyExecution, 'APPLICATION_VALIDATED', async () => {
      const application = await readApplication(ports.evidence, reference);
      const { receivedOn } = readBody(received, 'APPLICATION_RECEIVED');
      const terms = TERMS[application.product];
      const validation = validate(application, terms, { at: received.occurredAt, on: receivedOn });
      const reference_ = await sealed(ports, reference.applicationId, 'validation', validation);
      const { output, facts } = validationStatement(validation, reference_.address);
      return {
        output: { ...output, bureaus: [...terms.bureaus] } satisfies Validated,
        evidence: [reference_],
        facts: { executionArn: step.executionArn, ...facts },
      };
    });
    if (validatedExecution([entry]) !== step.executionArn) return rejected;
    return readBody(entry, 'APPLICATION_VALIDATED').output as unknown as Validated;
  };
}
