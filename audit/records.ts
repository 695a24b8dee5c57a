import type {
  Clock,
  Evidence,
  EvidenceLocks,
  EvidenceStore,
  Executions,
  Identities,
  Ledger,
  Outbox,
  SealLog,
  Signer,
  Vault,
  WorkStore,
} from '../adapters/ports.ts';
import type { PersonalDataRead } from '../app/personal-data.ts';
import type { DecisionFile } from '../domain/decision/file.ts';
import type { LendingSettings } from '../domain/lender.ts';
import type { TakenOut } from './decision-file/collect.ts';
import type { RowFaultOf } from './verify/engine.ts';

/** Everything that an auditor's commands read: of a data folder, or of a deployment on AWS. */
export interface Records {
  /** What a sentence calls them, such as `the data folder DIR`. */
  readonly place: string;
  /** What a command takes to find them, such as `--data DIR`. */
  readonly option: string;
  /** The mode and the lender of the deployment. */
  readonly lending: LendingSettings;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly vault: Vault;
  readonly identities: Identities;
  readonly evidenceStore: EvidenceStore;
  readonly evidence: Evidence;
  readonly evidenceLocks: EvidenceLocks;
  readonly executions: Executions;
  /** Signs seals. */
  readonly signer: Signer;
  /** Signs decision files: in a data folder with the key of the seals, on AWS with another. */
  readonly exportSigner: Signer;
  readonly sealLog: SealLog;
  /** Records an export and makes the decision file: in a data folder itself, on AWS by a function. */
  takeOut(applicationId: string, taken: TakenOut): Promise<DecisionFile>;
  /** Records a read of personal data: in a data folder itself, on AWS by a function. */
  recordRead(applicationId: string, read: PersonalDataRead): Promise<void>;
  /**
   * Accepted applications that the vault or the summaries know of, where they can be asked for all of theirs. An intake
   * that died before it accepted an application leaves both behind and is no such.
   */
  leftBehind(): AsyncIterable<string>;
  /** The published events, where the records keep them. */
  readonly outbox?: Outbox;
  /** Compares the engine's rows and the files beside the database; absent where an engine forgets what ended. */
  readonly engineFaults?: (only?: string) => Promise<RowFaultOf[]>;
  /** What the database itself shows: rows that another program wrote. Absent where it shows none. */
  readonly databaseFaults?: () => RowFaultOf[];
  /** Takes the rows that the ledger determines as they are: only after every one of them was compared with it. */
  readonly acceptDerivedRows?: () => Promise<void>;
  /** Whether a process may be writing. */
  isInUse(): boolean;
  close(): void;
}
