import * as z from 'zod';

import { person, purpose, type Contract, type UseCase } from '../../app/contracts.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { decisionFile } from '../../domain/decision/file.ts';
import { takeOut, type DecisionFilePorts } from './collect.ts';

/** An export by an auditor of a deployment, who may append nothing to the ledger and sign nothing. */
export const contract = {
  input: z.strictObject({
    applicationId,
    by: person,
    purpose,
    withIdentity: z.boolean(),
    /** A request that is sent again is one export. */
    requestId: z.uuid(),
  }),
  output: decisionFile,
} as const satisfies Contract;

/**
 * Records an export and returns the signed decision file, some 0.6 MB. Lambda returns 6 MB at most.
 * @throws KeyMissing, KeyDestroyed, EvidenceMissing, EvidenceDamaged
 */
export function exportDecisionFile(ports: DecisionFilePorts): UseCase<typeof contract> {
  return ({ applicationId: id, ...taken }) => takeOut(ports, id, { ...taken, role: 'auditor' });
}
