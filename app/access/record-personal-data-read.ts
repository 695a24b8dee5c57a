import * as z from 'zod';

import type { Clock, Ledger } from '../../adapters/ports.ts';
import { applicationId } from '../../domain/application/application-id.ts';
import { evidenceNamedBy } from '../../domain/ledger/events.ts';
import { person, purpose, type Contract, type UseCase } from '../contracts.ts';
import { recordRead } from '../personal-data.ts';

/** A read of personal data by an auditor of a deployment, who may append nothing to the ledger. */
export const contract = {
  input: z.strictObject({
    applicationId,
    by: person,
    purpose,
    /** Kinds of evidence, and `identity` for who applied. */
    kinds: z.array(z.string().max(100)).min(1).max(50),
    /** A request that is sent again is one read. */
    requestId: z.uuid(),
  }),
  output: z.strictObject({ result: z.literal('RECORDED'), applicationId }),
} as const satisfies Contract;

class EvidenceKindUnknown extends Error {
  override readonly name = 'EvidenceKindUnknown';
}

/**
 * Records that an auditor reads personal data of an application.
 * @throws EvidenceKindUnknown for a kind that no entry of the application names. The kinds stay in the ledger for good.
 */
export function recordPersonalDataRead(ports: {
  readonly ledger: Ledger;
  readonly clock: Clock;
}): UseCase<typeof contract> {
  return async ({ applicationId: id, ...read }) => {
    const entries = await ports.ledger.read(id);
    const named = new Set<string>(entries.flatMap((entry) => evidenceNamedBy(entry).map(({ kind }) => kind)));
    if (entries.length > 0) named.add('identity');
    const unknown = read.kinds.findIndex((kind) => !named.has(kind));
    if (unknown >= 0)
      throw new EvidenceKindUnknown(`kinds.${unknown} is no kind of evidence of ${id}: see its ledger for the kinds.`);
    await recordRead(ports, id, { ...read, role: 'auditor' });
    return { result: 'RECORDED', applicationId: id } as const;
  };
}
