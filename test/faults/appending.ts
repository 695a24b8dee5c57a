/**
 * Appends to a data folder and tells each append once it is acknowledged, until it is killed:
 * `node test/faults/appending.ts FOLDER NAME`.
 */
import { composeEmbedded } from '../../adapters/compose/embedded.ts';
import { sealNow } from '../../app/sealing/seal-ledger.ts';

const [folder = '', name = ''] = process.argv.slice(2);
const records = composeEmbedded(folder);
const tell = (line: readonly unknown[]) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function append(applicationId: string): Promise<void> {
  for (let n = 0; ; n += 1) {
    const { address, versionId } = await records.evidenceStore.put(Buffer.from(`${applicationId} ${n}`.repeat(50)));
    const { sequence, hash } = await records.ledger.append({
      id: `event/${n}`,
      applicationId,
      type: 'APPLICATION_SCORED',
      schemaVersion: 1,
      occurredAt: '2026-01-05T12:00:00.000Z',
      actor: 'system',
      body: { evidence: [{ kind: 'score', address, versionId }] },
    });
    tell(['appended', applicationId, sequence, hash]);
    if (n % 40 === 39) {
      const { signed } = await sealNow(records, { settledMs: 1 });
      if (signed) tell(['sealed', signed.seal.number, signed.signature]);
    }
  }
}

await Promise.all([1, 2, 3, 4].map((n) => append(`${name}-${n}`)));
