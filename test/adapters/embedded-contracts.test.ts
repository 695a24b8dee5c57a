import { embeddedEvents } from '../../adapters/embedded/events.ts';
import { embeddedEvidenceStore } from '../../adapters/embedded/evidence-store.ts';
import { embeddedLedger } from '../../adapters/embedded/ledger.ts';
import { embeddedSealLog } from '../../adapters/embedded/seal-log.ts';
import { embeddedSigner } from '../../adapters/embedded/signer.ts';
import { embeddedVault } from '../../adapters/embedded/vault.ts';
import { embeddedWorkStore } from '../../adapters/embedded/work-store.ts';
import { sealedEvidence } from '../../adapters/sealed-evidence.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { describeClockContract } from '../contracts/clock.ts';
import { describeEventsContract } from '../contracts/events.ts';
import { describeEvidenceStoreContract } from '../contracts/evidence-store.ts';
import { describeEvidenceContract } from '../contracts/evidence.ts';
import { describeLedgerContract } from '../contracts/ledger.ts';
import { describeSealLogContract } from '../contracts/seal-log.ts';
import { describeSignerContract } from '../contracts/signer.ts';
import { describeVaultContract } from '../contracts/vault.ts';
import { describeWorkStoreContract } from '../contracts/work-store.ts';
import { temporaryDataFolder, type TemporaryDataFolder } from '../support/data-folder.ts';
import { manualClock } from '../support/manual-clock.ts';

const closing = (data: TemporaryDataFolder) => ({ close: async () => data.remove() });

const evidenceEdits = (data: TemporaryDataFolder) => ({
  async damage(address: string, bytes: Uint8Array) {
    await data.edit('UPDATE evidence_objects SET bytes = ? WHERE address = ?', bytes, Buffer.from(address, 'hex'));
  },
  async remove(address: string) {
    await data.edit('DELETE FROM evidence_objects WHERE address = ?', Buffer.from(address, 'hex'));
  },
});

describeLedgerContract('embedded', async () => {
  const data = temporaryDataFolder();
  const theEntry = `sequence = ? AND application = (SELECT id FROM ledger_applications WHERE application_id = ?)`;
  return {
    open: (clock) => embeddedLedger(data.database, clock),
    async damage(applicationId, sequence, from, to) {
      await data.edit(
        `UPDATE ledger_entries SET entry = replace(entry, ?, ?) WHERE ${theEntry}`,
        from,
        to,
        sequence,
        applicationId,
      );
    },
    async displace(applicationId, sequence) {
      await data.edit(`UPDATE ledger_entries SET event_id = 'another' WHERE ${theEntry}`, sequence, applicationId);
    },
    async remove(applicationId, sequence) {
      await data.edit(`DELETE FROM ledger_entries WHERE ${theEntry}`, sequence, applicationId);
    },
    ...closing(data),
  };
});

describeWorkStoreContract('embedded', async () => {
  const data = temporaryDataFolder();
  return { open: () => embeddedWorkStore(data.database), ...closing(data) };
});

describeEvidenceStoreContract('embedded', async () => {
  const data = temporaryDataFolder();
  return { open: () => embeddedEvidenceStore(data.database), ...evidenceEdits(data), ...closing(data) };
});

describeVaultContract('embedded', async () => {
  const data = temporaryDataFolder();
  return { open: () => embeddedVault(data.database, data.folder), ...closing(data) };
});

describeSealLogContract('embedded', async () => {
  const data = temporaryDataFolder();
  return { open: () => embeddedSealLog(data.database), ...closing(data) };
});

describeSignerContract('embedded', async () => {
  const data = temporaryDataFolder();
  return { open: () => embeddedSigner(data.folder), ...closing(data) };
});

describeEvidenceContract('embedded', async () => {
  const data = temporaryDataFolder();
  const store = embeddedEvidenceStore(data.database);
  const vault = embeddedVault(data.database, data.folder);
  return { store, vault, evidence: sealedEvidence(store, vault), ...evidenceEdits(data), ...closing(data) };
});

describeEventsContract('embedded', async () => {
  const data = temporaryDataFolder();
  const events = embeddedEvents(data.database);
  return {
    open: () => embeddedEvents(data.database),
    received: async () => (await events.read({ limit: 1000 })).map(({ event }) => event),
    ...closing(data),
  };
});

describeClockContract('the system’s', () => systemClock);
describeClockContract('by hand', () => manualClock());
