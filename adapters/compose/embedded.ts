/** The adapters of one machine: everything in one data folder. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { sha256 } from '../../domain/ledger/canonical-json.ts';
import type { LendingSettings } from '../../domain/lender.ts';
import { SAMPLE_LIST } from '../../domain/screening/list.ts';
import { searchable, type Searchable } from '../../domain/screening/search.ts';
import { lendingOf, noticeSenderOf, readStage, stageNamed, type Stage } from '../../stages/stage.ts';
import { archivedOnce } from '../archived-once.ts';
import { BUREAU_TIMEOUT_MS } from '../bureaus/gateway/gateway.ts';
import { fileLog } from '../bureaus/simulator/pull-log.ts';
import { simulatedBureau } from '../bureaus/simulator/simulator.ts';
import { embeddedChanges, type EmbeddedChanges } from '../embedded/changes.ts';
import { DATABASE_FILE, lockDataFolder } from '../embedded/data-folder-lock.ts';
import { embeddedEvents, type EmbeddedEvents } from '../embedded/events.ts';
import { embeddedEvidenceLocks } from '../embedded/evidence-locks.ts';
import { embeddedEvidenceStore } from '../embedded/evidence-store.ts';
import { embeddedFiles } from '../embedded/files.ts';
import { GroupCommitDatabase } from '../embedded/group-commit.ts';
import { embeddedLedger } from '../embedded/ledger.ts';
import {
  LOCAL_ALGORITHM,
  LOCAL_AUDIENCE,
  LOCAL_ISSUER,
  localIssuer,
  type LocalIssuer,
} from '../embedded/local-issuer.ts';
import { OUTBOX_FOLDER, outboxFolder } from '../embedded/outbox-folder.ts';
import { tightenFolder } from '../embedded/private-files.ts';
import { embeddedSealLog } from '../embedded/seal-log.ts';
import { embeddedSigner } from '../embedded/signer.ts';
import { embeddedVault } from '../embedded/vault.ts';
import { embeddedWorkStore } from '../embedded/work-store.ts';
import { smtpMailer } from '../mail/smtp.ts';
import { oidcTokens } from '../oidc/tokens.ts';
import { packagedModels } from '../onnx/models.ts';
import { MailServerFault } from '../ports.ts';
import type {
  Bureau,
  Clock,
  Evidence,
  EvidenceLocks,
  EvidenceStore,
  Files,
  Identities,
  Ledger,
  ModelRuntime,
  Models,
  NoticeMail,
  PrintQueue,
  SealLog,
  Signer,
  Tokens,
  Vault,
  WorkStore,
} from '../ports.ts';
import { readList } from '../screening-list.ts';
import { applicationIdentity, sealedEvidence } from '../sealed-evidence.ts';
import { systemClock } from '../system-clock.ts';
import { modelRuntime } from './model-runtime.ts';

export interface EmbeddedOptions {
  /**
   * The folder of the key files: vault.key, the key pair of seals, and the key of tokens. A person who can write the data
   * folder and not read these keys can forge nothing. @default the data folder
   */
  readonly keyFolder?: string | undefined;
  /** Look without writing, beside a process that runs on the folder. @default false */
  readonly readOnly?: boolean;
  /** The largest size of the database in pages of 4 KiB. */
  readonly maxPages?: number;
  /** How long the simulated bureau may take, in ms. @default 20,000 */
  readonly bureauTimeoutMs?: number;
  readonly clock?: Clock;
  /** The mode and the lender. A data folder has a simulated bureau only. @default as `folderLending` */
  readonly lending?: LendingSettings;
  /** The file of a stage, which the data folder adopts: later openings use its lender. @default the folder's own stage */
  readonly stageFile?: string | undefined;
  /** The address of the mail server of notices. @default - none: each notice goes on paper */
  readonly smtp?: string | undefined;
}

export interface Embedded {
  readonly database: GroupCommitDatabase;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly workStore: WorkStore;
  readonly vault: Vault;
  readonly evidenceStore: EvidenceStore;
  readonly evidence: Evidence;
  readonly evidenceLocks: EvidenceLocks;
  /** Of batches: what is read, and what comes of it. */
  readonly batchFiles: Files;
  readonly identities: Identities;
  readonly events: EmbeddedEvents;
  readonly noticeMail: NoticeMail;
  readonly printQueue: PrintQueue;
  readonly signer: Signer;
  readonly sealLog: SealLog;
  readonly issuer: LocalIssuer;
  /** The folder of the key files. */
  readonly keyFolder: string;
  readonly tokens: Tokens;
  readonly changes: EmbeddedChanges;
  readonly bureau: Bureau;
  readonly lending: LendingSettings;
  /** The list of the data folder's `screening-list`, or else the invented one; it is read once. */
  readonly screeningList: () => Promise<Searchable>;
  readonly models: Models;
  readonly modelRuntime: ModelRuntime;
  /** Builds and archives the core that this release decides with, once. @returns its digest. */
  readonly decisionCore: () => Promise<string>;
  /** Where the simulated bureau logs its pulls. */
  readonly bureauLog: string;
  /** Writes what is open and lets go of the folder. */
  close(): void;
}

/** The copy of a stage's file, by which every command on a data folder finds its lender. */
const STAGE_FILE = 'stage.yaml';

/** Copies a valid stage into a data folder, in place of an earlier one. @throws StageInvalid */
function adoptStage(folder: string, file: string): void {
  readStage(file);
  const copy = join(folder, STAGE_FILE);
  rmSync(copy, { force: true });
  writeFileSync(copy, readFileSync(file), { mode: 0o600, flag: 'wx' });
}

/** The stage that a data folder adopted, or else stages/sandbox.yaml. @throws StageInvalid */
function folderStage(folder: string): Stage {
  const file = join(folder, STAGE_FILE);
  return existsSync(file) ? readStage(file) : stageNamed('sandbox');
}

/** The mode and the lender of a data folder. @throws StageInvalid */
export const folderLending = (folder: string): LendingSettings => lendingOf(folderStage(folder));

class NoticeSenderMissing extends Error {
  override readonly name = 'NoticeSenderMissing';
}

/** E-mail through the mail server that is given. @throws NoticeSenderMissing, MailServerUrlInvalid */
function folderMail(folder: string, { smtp: url, clock = systemClock }: EmbeddedOptions): NoticeMail {
  if (!url) return { configured: false, send: () => Promise.reject(new MailServerFault('No mail server is given.')) };
  const sender = noticeSenderOf(folderStage(folder));
  if (sender === undefined) {
    throw new NoticeSenderMissing(
      'A mail server is given, and the stage of the data folder has no mail.sender: add it to the stage file, and run once: underwright start --data DIR --stage FILE. Without --smtp (or UNDERWRIGHT_SMTP) every notice goes on paper.',
    );
  }
  return { configured: true, send: smtpMailer({ url, sender, clock }) };
}

/**
 * Opens a data folder for this process alone, or for reading.
 * @throws DataFolderInUse when another process runs on it.
 */
export function composeEmbedded(folder: string, options: EmbeddedOptions = {}): Embedded {
  const { readOnly = false, maxPages } = options;
  const unlock = readOnly ? () => {} : lockDataFolder(folder);
  let opened: GroupCommitDatabase | undefined;
  try {
    if (!readOnly) tightenFolder(folder);
    if (!readOnly && options.stageFile !== undefined) adoptStage(folder, options.stageFile);
    const size = maxPages === undefined ? {} : { maxPages };
    const database = (opened = new GroupCommitDatabase(join(folder, DATABASE_FILE), { readOnly, ...size }));
    const close = () => {
      try {
        database.close();
      } finally {
        unlock();
      }
    };
    return { ...adaptersOf(database, folder, options), close };
  } catch (error) {
    opened?.close();
    unlock();
    throw error;
  }
}

function adaptersOf(database: GroupCommitDatabase, folder: string, options: EmbeddedOptions): Omit<Embedded, 'close'> {
  const { bureauTimeoutMs = BUREAU_TIMEOUT_MS, keyFolder = folder, clock = systemClock } = options;
  // First of all: its key authenticates what the others write.
  const vault = embeddedVault(database, keyFolder);
  const changes = embeddedChanges();
  const evidenceStore = embeddedEvidenceStore(database);
  const issuer = localIssuer(keyFolder, clock);
  const bureauLog = join(folder, 'simulated-bureau.jsonl');
  return {
    database,
    clock,
    ledger: changes.reporting(embeddedLedger(database, clock)),
    workStore: embeddedWorkStore(database),
    vault,
    evidenceStore,
    evidence: sealedEvidence(evidenceStore, vault),
    evidenceLocks: embeddedEvidenceLocks,
    batchFiles: embeddedFiles(join(folder, 'batch')),
    identities: applicationIdentity(vault),
    events: embeddedEvents(database),
    noticeMail: folderMail(folder, options),
    printQueue: outboxFolder(join(folder, OUTBOX_FOLDER)),
    signer: embeddedSigner(keyFolder),
    sealLog: embeddedSealLog(database),
    issuer,
    keyFolder,
    tokens: localTokens(issuer, clock),
    changes,
    bureau: simulatedBureau({ log: fileLog(bureauLog, clock), wait, timeoutMs: bureauTimeoutMs }),
    lending: options.lending ?? folderLending(folder),
    screeningList: folderList(folder),
    ...deciders(evidenceStore),
    bureauLog,
  };
}

/** The folder of the Treasury's files, in the data folder. */
const LIST_FOLDER = 'screening-list';

/** The screening list of a data folder. @throws ListUnreadable at the first screening */
function folderList(folder: string): () => Promise<Searchable> {
  let list: Promise<Searchable> | undefined;
  const files = join(folder, LIST_FOLDER);
  const read = async () => searchable(existsSync(files) ? await readList(files) : SAMPLE_LIST);
  return () => (list ??= read());
}

function localTokens({ keys }: LocalIssuer, clock: Clock): Tokens {
  return oidcTokens({
    issuer: LOCAL_ISSUER,
    audiences: [LOCAL_AUDIENCE],
    keys,
    clock,
    algorithms: [LOCAL_ALGORITHM],
  });
}

/** The model packages of this project; the environment's MODELS_FOLDER names another folder of packages. */
const MODELS_FOLDER = join(import.meta.dirname, '..', '..', 'models');

/** The models and the decision core: each is loaded and archived when it is first used. */
function deciders(evidenceStore: EvidenceStore): Pick<Embedded, 'models' | 'modelRuntime' | 'decisionCore'> {
  const core = archivedOnce(evidenceStore, async () => {
    // Only what decides pays for the bundler.
    const { buildCore } = await import('../../core/build.ts');
    const bytes = await buildCore();
    return { digest: sha256(bytes), files: [bytes] };
  });
  return {
    models: packagedModels(process.env['MODELS_FOLDER'] ?? MODELS_FOLDER, evidenceStore),
    modelRuntime,
    decisionCore: async () => (await core()).digest,
  };
}
