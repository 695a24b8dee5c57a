/**
 * The one place that picks adapters. Each Lambda entry calls the few functions it needs, so its bundle carries nothing
 * else; one machine gets the whole set from `composeEmbedded`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

import { awsEvents } from './aws/events.ts';
import { awsEvidenceStore } from './aws/evidence-store.ts';
import { awsLedger } from './aws/ledger.ts';
import { awsVault } from './aws/vault.ts';
import { awsWorkStore } from './aws/work-store.ts';
import { awsWorkflows } from './aws/workflows.ts';
import { fileLog, workStoreLog } from './bureaus/simulator/pull-log.ts';
import { simulatedBureau } from './bureaus/simulator/simulator.ts';
import { lockDataFolder } from './embedded/data-folder-lock.ts';
import { embeddedEvents, type EmbeddedEvents } from './embedded/events.ts';
import { embeddedEvidenceStore } from './embedded/evidence-store.ts';
import { GroupCommitDatabase } from './embedded/group-commit.ts';
import { embeddedLedger } from './embedded/ledger.ts';
import { embeddedVault } from './embedded/vault.ts';
import { embeddedWorkStore } from './embedded/work-store.ts';
import { loadScorer } from './onnx/scorer.ts';
import type {
  Bureau,
  Clock,
  Events,
  Evidence,
  EvidenceStore,
  Identities,
  Ledger,
  Scorer,
  Vault,
  Workflows,
  WorkStore,
} from './ports.ts';
import { applicationIdentity, sealedEvidence } from './sealed-evidence.ts';
import { systemClock } from './system-clock.ts';

/** How long a bureau may take. Below the 60 s of the state, so that the handler and not the state gives up. */
const BUREAU_TIMEOUT_MS = 20_000;

// --- AWS: one of each a process, made when it is first asked for ---

// Bundlers leave out what nobody asks for only if making it is known to do nothing yet.
// @__NO_SIDE_EFFECTS__
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

class SettingMissing extends Error {
  override readonly name = 'SettingMissing';
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new SettingMissing(`The environment variable ${name} is not set: the stack sets it for each function.`);
  return value;
}

const documents = once(() => DynamoDBDocumentClient.from(new DynamoDBClient()));

export const clock = (): Clock => systemClock;
export const ledger = once((): Ledger =>
  awsLedger({ client: documents(), tableName: setting('LEDGER_TABLE'), clock: systemClock }),
);
export const workStore = once((): WorkStore => awsWorkStore({ client: documents(), tableName: setting('WORK_TABLE') }));
export const vault = once((): Vault =>
  awsVault({
    client: documents(),
    tableName: setting('VAULT_TABLE'),
    kms: new KMSClient(),
    dataKeyId: setting('DATA_KEY_ID'),
    indexKeyId: setting('INDEX_KEY_ID'),
  }),
);
const evidenceStore = once((): EvidenceStore =>
  awsEvidenceStore({ client: new S3Client(), bucketName: setting('EVIDENCE_BUCKET') }),
);
export const evidence = once((): Evidence => sealedEvidence(evidenceStore(), vault()));
export const identities = once((): Identities => applicationIdentity(vault()));
export const events = once((): Events =>
  awsEvents({ client: new EventBridgeClient(), eventBusName: setting('EVENT_BUS') }),
);
export const workflows = once((): Workflows =>
  awsWorkflows({ client: new SFNClient(), stateMachineArn: process.env['STATE_MACHINE_ARN'] ?? '' }),
);
/** The labelled simulator: the only bureau there is until vendor adapters come. */
export const bureau = once((): Bureau => simulated(workStoreLog(workStore(), systemClock), BUREAU_TIMEOUT_MS));
export const scorer = once((): Promise<Scorer> => loadScorer(setting('MODEL_FOLDER')));

function simulated(log: Parameters<typeof simulatedBureau>[0]['log'], timeoutMs: number): Bureau {
  return simulatedBureau({ log, timeoutMs, wait: (ms, signal) => wait(ms, undefined, { signal }) });
}

// --- One machine: everything in one data folder ---

export interface EmbeddedOptions {
  /** Look without writing, beside a process that runs on the folder. @default false */
  readonly readOnly?: boolean;
  /** The largest size of the database in pages of 4 KiB. */
  readonly maxPages?: number;
  /** How long the simulated bureau may take, in ms. @default 20,000 */
  readonly bureauTimeoutMs?: number;
  readonly clock?: Clock;
  /** The folder of the model package. @default models/personal-loan-default of this project */
  readonly modelFolder?: string;
}

export interface Embedded {
  readonly database: GroupCommitDatabase;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly vault: Vault;
  readonly evidenceStore: EvidenceStore;
  readonly evidence: Evidence;
  readonly identities: Identities;
  readonly events: EmbeddedEvents;
  readonly bureau: Bureau;
  readonly scorer: () => Promise<Scorer>;
  /** Where the simulated bureau logs its pulls. */
  readonly bureauLog: string;
  /** Writes what is open and lets go of the folder. */
  close(): void;
}

/**
 * Opens a data folder for this process alone, or for reading.
 * @throws DataFolderInUse when another process runs on it.
 */
export function composeEmbedded(folder: string, options: EmbeddedOptions = {}): Embedded {
  const { readOnly = false, bureauTimeoutMs = BUREAU_TIMEOUT_MS } = options;
  const clock = options.clock ?? systemClock;
  const unlock = readOnly ? () => {} : lockDataFolder(folder);
  try {
    const { maxPages } = options;
    const database = new GroupCommitDatabase(join(folder, 'underwright.sqlite'), {
      readOnly,
      ...(maxPages === undefined ? {} : { maxPages }),
    });
    const workStore = embeddedWorkStore(database);
    const vault = embeddedVault(database, folder);
    const evidenceStore = embeddedEvidenceStore(database);
    const bureauLog = join(folder, 'simulated-bureau.jsonl');
    const modelFolder = options.modelFolder ?? join(import.meta.dirname, '..', 'models', 'personal-loan-default');
    return {
      database,
      clock,
      ledger: embeddedLedger(database, clock),
      workStore,
      vault,
      evidenceStore,
      evidence: sealedEvidence(evidenceStore, vault),
      identities: applicationIdentity(vault),
      events: embeddedEvents(database),
      bureau: simulated(fileLog(bureauLog, clock), bureauTimeoutMs),
      scorer: once(() => loadScorer(modelFolder)),
      bureauLog,
      close: () => {
        database.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}
