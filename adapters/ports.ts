/**
 * The few interfaces through which handlers meet the world. Each has one contract suite (test/contracts/) that every
 * adapter passes. An adapter's call that resolved is durable, but for evidence: it is durable at the latest with the next
 * write of any port, which can only be on disk after it.
 */
import type { Principal } from '../domain/access/access.ts';
import type { ConsentTexts } from '../domain/application/consents.ts';
import type { BureauAnswer, BureauRequest } from '../domain/bureau/request.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { LedgerEntry, LedgerEvent } from '../domain/ledger/chain.ts';
import type { SealedHead, SignedSeal } from '../domain/ledger/seal.ts';
import type { Metric } from '../domain/monitoring/metrics.ts';
import type { Steps } from '../domain/scoring/candidates.ts';
import type { ModelPackage } from '../domain/scoring/model-package.ts';
import type { Trees } from '../domain/scoring/trees.ts';

export interface Clock {
  now(): Date;
}

/** Append-only events per application, chained by hash. */
export interface Ledger {
  /**
   * Appends behind the newest entry, or finds the entry that an earlier try of the same event wrote.
   * @throws LedgerConflict when another event already has this id.
   */
  append(event: LedgerEvent): Promise<LedgerEntry>;
  find(applicationId: string, eventId: string): Promise<LedgerEntry | undefined>;
  /** All entries of one application in sequence order; empty when it is unknown. */
  read(applicationId: string): Promise<LedgerEntry[]>;
  /**
   * Every application with an entry that was recorded in the period, each once. May lag behind writes on AWS.
   * @param period UTC instants; without `after` from the beginning, without `until` to the end.
   */
  applications(period?: RecordedPeriod): AsyncIterable<string>;
  /** Every stored entry of one application in the order of its places, damaged ones too. For verification. */
  examine(applicationId: string): Promise<ExaminedEntry[]>;
}

/** An entry as it is stored, and what is wrong with how it is stored. */
export interface ExaminedEntry {
  /** The sequence of its place. */
  readonly sequence: number;
  /** Undefined where the stored text is no entry. */
  readonly entry: LedgerEntry | undefined;
  /** `INDEX_DIFFERS`: it is stored under another sequence or event id than it has, so a search misses it. */
  readonly faults: readonly ('ENTRY_UNREADABLE' | 'ENTRY_TEXT_DIFFERS' | 'INDEX_DIFFERS' | 'ENTRY_NOT_AUTHENTIC')[];
}

export interface RecordedPeriod {
  /** Exclusive. */
  readonly after?: string;
  /** Inclusive. */
  readonly until?: string;
}

/** Reports that an application's ledger has grown, so a caller that waits for it need not read it all the time. */
export interface Changes {
  /** Watches from now on, until it is closed. */
  watch(applicationId: string): ChangeWatch;
}

interface ChangeWatch {
  /** Resolves once entries were appended, or may have been, since the watch began or the last call; or after the limit. */
  next(limitMs: number): Promise<unknown>;
  close(): void;
}

/** A mutable row that can be rebuilt from the ledger (but for its secrets). Never personal data in clear. */
export interface WorkItem {
  readonly pk: string;
  readonly sk: string;
  /** 1 when created, one more with every replacement. */
  readonly version: number;
  /** Listed under `index.pk` in the order of `index.sk`. */
  readonly index?: { readonly pk: string; readonly sk: string };
  readonly data: JsonObject;
}

/** Where an item is. */
export type WorkKey = Pick<WorkItem, 'pk' | 'sk' | 'index'>;

export interface WorkPage<Item = WorkItem> {
  readonly items: Item[];
  /** Give it back as `after` for the next page; absent on the last. */
  readonly next?: string;
}

export interface ListOptions {
  /** 1 to 1000. @default 100 */
  readonly limit?: number;
  readonly after?: string;
  /** @default false */
  readonly descending?: boolean;
}

export interface IndexListOptions extends ListOptions {
  /** Only items whose index.sk is greater than this; less, where descending. */
  readonly beyond?: string;
}

export interface WorkStore {
  /** @returns undefined when an item with this pk and sk exists. */
  create(item: Omit<WorkItem, 'version'>): Promise<WorkItem | undefined>;
  /** Replaces the item whose version is `item.version`. @returns undefined when it is gone or has another version. */
  replace(item: WorkItem): Promise<WorkItem | undefined>;
  /** Removes the item whose version is `item.version`. @returns whether it did. */
  remove(item: WorkItem): Promise<boolean>;
  get(pk: string, sk: string): Promise<WorkItem | undefined>;
  /** The items of one pk in the order of sk. */
  list(pk: string, options?: ListOptions): Promise<WorkPage>;
  /** The items of one index.pk in the order of index.sk, then pk, sk. May lag behind writes on AWS. */
  listIndex(indexPk: string, options?: IndexListOptions): Promise<WorkPage>;
  /** As `listIndex`, without what the items hold: who lists need not be able to read it. */
  listKeys(indexPk: string, options?: IndexListOptions): Promise<WorkPage<WorkKey>>;
  /** Every item, a page at a time, in no promised order. It reads the whole store: audits and reconciliation use it. */
  scan(options?: Pick<ListOptions, 'after' | 'limit'>): Promise<WorkPage<ScannedItem>>;
}

export interface ScannedItem extends WorkItem {
  /** False for data that this store did not write: text that is no JSON, or that other readers may read otherwise. */
  readonly sound: boolean;
}

export interface StoredEvidence {
  /** SHA-256 of the stored bytes, 64 hexadecimal digits. */
  readonly address: string;
  /** The store's version of the object: an S3 version id; `1` where objects have no versions. */
  readonly versionId: string;
}

/** Immutable objects addressed by their content: ciphertext of Evidence, and what names nobody, such as sealed heads. */
export interface EvidenceStore {
  /** Writes once: the same bytes again are found, not written. */
  put(bytes: Uint8Array): Promise<StoredEvidence>;
  /** @throws EvidenceMissing, EvidenceDamaged (the bytes no longer have this address). */
  get(address: string): Promise<Uint8Array>;
  /** Whether there are bytes under the address; they are not looked at. */
  has(address: string): Promise<boolean>;
  /** Addresses in their order. @param options `after` an address; `limit` 1 to 1000, 100 unless given. */
  list(options?: Pick<ListOptions, 'after' | 'limit'>): Promise<EvidencePage>;
}

export interface EvidencePage {
  readonly addresses: readonly string[];
  /** Give it back as `after` for the next page; absent on the last. */
  readonly next?: string;
}

/** The files of one bucket or folder, each under a key such as `input/portfolio.jsonl`. */
export interface Files {
  /** Undefined where there is none. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Writes a file, over the one that may be there. */
  write(key: string, bytes: Uint8Array): Promise<void>;
}

/** Keeps sealed objects from being deleted, by anybody. Where the store has no such lock, nothing is done. */
export interface EvidenceLocks {
  /** Locks an object through a local date, never for less long than it is. */
  extend(object: StoredEvidence, until: string): Promise<void>;
  /** Keeps an object whatever its date says, or no longer. */
  hold(object: StoredEvidence, on: boolean): Promise<void>;
  /** The last date on which an object is locked; null when it is not. */
  lockedUntil(object: StoredEvidence): Promise<string | null>;
}

/** Identity and data keys of applicants, apart from all else. */
export interface Vault {
  /** The application's 32-byte data key, made when there is none. @throws KeyDestroyed */
  createDataKey(applicationId: string): Promise<Uint8Array>;
  /** @throws KeyMissing, KeyDestroyed */
  dataKey(applicationId: string): Promise<Uint8Array>;
  /**
   * Forgets the person: key and identity are gone and cannot be made anew. Repeating it is success. In a data folder
   * whatever else was removed before is in none of its files any more. @throws StoreUnavailable while a reader keeps it.
   */
  destroyDataKey(applicationId: string): Promise<void>;
  /** Stores the sealed identity once; the same bytes again are success. @throws IdentityConflict, KeyDestroyed */
  putIdentity(applicationId: string, sealed: Uint8Array): Promise<void>;
  /** @throws IdentityMissing, KeyDestroyed */
  getIdentity(applicationId: string): Promise<Uint8Array>;
  /** Whether it has, or had until it was forgotten, a key or an identity of the application. */
  holds(applicationId: string): Promise<boolean>;
  /** Keyed HMAC-SHA-256 of an identifier (hex): equal for equal identifiers, useless without the vault's secret. */
  indexKey(identifier: string): Promise<string>;
}

export interface DomainEvent {
  readonly id: string;
  /** Past tense in CamelCase, such as `DecisionRecorded`. */
  readonly type: string;
  readonly occurredAt: string;
  /** No personal data: references and outcomes. */
  readonly detail: JsonObject;
}

/** Tells other systems. At least once, in no promised order; receivers drop repeated ids. */
export interface Events {
  publish(events: readonly DomainEvent[]): Promise<void>;
}

/** An event as an outbox keeps it. */
export interface OutboxRow {
  /** Rising with the order of publication. */
  readonly position: number;
  /** Undefined for a row that is no event, or whose text is not the one that `publish` writes. */
  readonly event: DomainEvent | undefined;
  /** Whether the row has the code that this program gave it; true where no key makes codes. */
  readonly authentic: boolean;
}

/** The published events, where the store keeps them: a data folder does, an event bus does not. */
export interface Outbox {
  /** Every row, oldest first. */
  rows(): Promise<OutboxRow[]>;
  /** Restores a row that another program changed. */
  rewrite(position: number, event: DomainEvent): Promise<void>;
  /** Takes a row away that the program never wrote. */
  remove(position: number): Promise<void>;
}

export interface Bureau {
  /**
   * Asks for a report. A hard pull that was sent is never sent again by an adapter.
   * @throws BureauUnavailable: proven not pulled, safe to repeat. @throws BureauAmbiguous: nobody can tell.
   */
  pull(request: BureauRequest): Promise<BureauAnswer>;
  /**
   * Fetches the report of an inquiry that was posted before, by its reference. Posts no inquiry, so it may be repeated.
   * @returns undefined when the bureau has no inquiry of this reference. @throws BureauUnavailable: no answer came.
   */
  posted(request: BureauRequest): Promise<BureauAnswer | undefined>;
}

export interface Scorer {
  readonly manifest: ModelPackage;
  /** SHA-256 of manifest.json. */
  readonly packageDigest: string;
  readonly runtime: string;
  /** Where the margin may change, by column; null where that is not known. */
  readonly steps: Steps | null;
  /**
   * Margins (log-odds of default) of rows of features in the manifest's order, row-major float32.
   * @param shift added to every margin, in log-odds.
   */
  margins(rows: Float32Array, shift: number): Promise<Float32Array>;
}

/** The bytes of a package's files that its digest covers. */
export interface PackageFiles {
  /** manifest.json: its SHA-256 is the digest of the package. */
  readonly manifest: Uint8Array;
  /** model.onnx. */
  readonly model: Uint8Array;
  /** reference.csv. */
  readonly reference: Uint8Array;
}

/** A model package that this release has, by the SHA-256 of its manifest.json. */
export interface ReleasedModel {
  readonly digest: string;
  readonly manifest: Scorer['manifest'];
}

/** The model packages of this release, and those that were registered. */
export interface Models {
  /**
   * Those of this release, by id, then by version.
   * @throws ModelPackageDamaged for a manifest that cannot be read.
   */
  released(): Promise<readonly ReleasedModel[]>;
  /**
   * Reads the manifest of a package of this release, or else of the archive of evidence, without opening its model.
   * @throws ModelMissing for a digest that neither has; ModelPackageDamaged, EvidenceDamaged.
   */
  manifestOf(digest: string): Promise<ModelPackage>;
  /**
   * Opens a package of this release, or else of the archive of evidence. Its first use archives it; later calls share it.
   * @throws ModelMissing for a digest that neither has; ModelPackageDamaged, EvidenceDamaged; NativeLibraryUnavailable.
   */
  open(digest: string): Promise<Scorer>;
  /** Archives a package, complete once this resolves. @returns its digest. The caller has checked it. */
  keep(files: PackageFiles): Promise<string>;
}

/** No model package has the digest that is in force. */
export class ModelMissing extends Error {
  override readonly name = 'ModelMissing';
}

/** A model without a package. */
export interface OpenModel {
  /** Name and version of the runtime. */
  readonly runtime: string;
  /** Where the margin may change, by column; null where that is not known. */
  readonly steps: Steps | null;
  /** The trees of the model; null for a model that is no sum of trees. */
  trees(): Trees | null;
  /** @throws RangeError when the rows do not fill whole columns or the shift is not finite. */
  margins(rows: Float32Array, shift: number): Promise<Float32Array>;
  /** As `margins`, with the probabilities that the graph itself computes. */
  outputs(rows: Float32Array, shift: number): Promise<{ readonly margins: Float32Array; readonly pds: Float32Array }>;
}

/** What building and checking a model package need of the runtime that serves. */
export interface ModelRuntime {
  /** Opens the bytes of model.onnx. @throws NativeLibraryUnavailable; an error of the runtime for any other bytes. */
  openModel(model: Uint8Array, columns: number): Promise<OpenModel>;
  /** Opens a package as a decision does. @throws ModelPackageDamaged; NativeLibraryUnavailable */
  openPackage(files: PackageFiles): Promise<Scorer>;
}

export interface HistoryEvent extends JsonObject {
  id: number;
  previousEventId: number;
  type: string;
  /** ISO 8601. */
  timestamp: string;
}

/** The Step Functions calls that handlers make. */
export interface Workflows {
  /**
   * The same name with the same input is the same execution.
   * @param since an execution that was started before this instant is a stranger's, whatever its input.
   * @throws ExecutionConflict for another input, or a stranger's.
   */
  start(name: string, input: JsonObject, since?: string): Promise<{ executionArn: string }>;
  /** @throws TaskTokenSpent for a token that is unknown, spent or timed out. */
  succeedTask(taskToken: string, output: JsonObject): Promise<void>;
  /**
   * Fails a task that waits, with the name of an error and nothing else: a history is never erased.
   * @throws TaskTokenSpent for a token that is unknown, spent or timed out.
   */
  failTask(taskToken: string, error: string): Promise<void>;
  /** The whole history, oldest first. @throws ExecutionMissing */
  history(executionArn: string): Promise<HistoryEvent[]>;
}

export interface ExecutionSeen {
  readonly executionArn: string;
  /** `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`. */
  readonly status: string;
  /** JSON. */
  readonly input: string;
  /** UTC instant of its start or, of a redriven execution, of its newest redrive. */
  readonly runningSince: string;
}

/** What an auditor reads of executions, for as long as their engine knows them. */
export interface Executions {
  /** The ARN that an execution of this name has. */
  arnOf(name: string): string;
  /** @returns undefined for an execution that is unknown or forgotten; so do `history` and `lastEvent`. */
  describe(executionArn: string): Promise<ExecutionSeen | undefined>;
  /** Oldest first. */
  history(executionArn: string): Promise<HistoryEvent[] | undefined>;
  lastEvent(executionArn: string): Promise<HistoryEvent | undefined>;
  /** The names of all executions. */
  names(): AsyncIterable<string>;
}

/** Calls a function, by its name in lambdas/functions.ts, that may do what its caller may not. */
export interface Functions {
  /**
   * Waits for the answer.
   * @throws StoreUnavailable where a later call may succeed; on AWS FunctionFailed, in a data folder the function's error.
   */
  invoke(name: string, payload: Json): Promise<Json>;
}

/** Tokens of the issuer that is trusted. */
export interface Tokens {
  /** @returns whom a token names. @throws TokenRefused */
  verify(token: string): Promise<Principal>;
}

/** What handlers use in place of EvidenceStore and Vault: values sealed under the application's data key. */
export interface Evidence {
  /** @param kind what the value is, such as `score`; a value opened as another kind is refused. */
  seal(applicationId: string, kind: string, value: Json): Promise<StoredEvidence>;
  /** @throws EvidenceMissing, EvidenceDamaged, KeyDestroyed */
  open(applicationId: string, kind: string, address: string): Promise<Json>;
  /** The address that `seal` would give; nothing is stored. */
  addressOf(applicationId: string, kind: string, value: Json): Promise<string>;
}

/** Who applied, sealed on the way into the vault and opened on the way out. */
export interface Identities {
  /** Stores who applied, once; the same again is success. @throws IdentityConflict, KeyMissing, KeyDestroyed */
  put(applicationId: string, identity: JsonObject): Promise<void>;
  /** @throws IdentityMissing, KeyMissing, KeyDestroyed, EvidenceDamaged */
  get(applicationId: string): Promise<JsonObject>;
}

/** A notice for one applicant, as it is sent or printed. */
export interface OutgoingNotice {
  readonly applicationId: string;
  /** The address of the sealed notice. */
  readonly notice: string;
  readonly kind: string;
  /** From 1. The same attempt has the same message id however often it is sent. */
  readonly attempt: number;
  /** BCP 47, such as `en`. */
  readonly language: string;
  readonly subject: string;
  readonly recipient: NoticeRecipient;
  /** The last local date on which it may be sent. */
  readonly dueOn: string;
  /** Draws the documents. The same notice gives the same bytes. */
  readonly draw: () => Promise<DrawnNotice>;
}

interface NoticeRecipient {
  readonly name: string;
  readonly email: string;
  /** The lines of the postal address, the name first. */
  readonly lines: readonly string[];
}

interface DrawnNotice {
  readonly text: string;
  readonly html: string;
  /** Null where no PDF can be drawn. */
  readonly pdf: Uint8Array | null;
}

/**
 * Draws a sealed notice as a PDF. The same notice gives the same bytes. Null where the deployment has no fonts.
 * @param issuedAt UTC instant, which the file states as its own.
 */
export type NoticePdf = (sealed: object, issuedAt: string) => Promise<Uint8Array | null>;

/** What accepted a notice. No personal data. */
export interface Carried {
  /** Such as `SMTP` or `SES`. */
  readonly carrier: string;
  /** The carrier's own, or the message id. */
  readonly reference: string;
}

/** Sends notices by e-mail. No error names an address. */
export interface NoticeMail {
  /** Whether a mail server is configured. */
  readonly configured: boolean;
  /**
   * Sends a notice by e-mail: whole, or not at all.
   * @throws AddressRefused; MailServerUnreachable, MailServerFault: it was not accepted, so a later try sends it once.
   * @throws MailResultUnknown: it may have been accepted. A later try repeats the message id.
   */
  send(notice: OutgoingNotice): Promise<Carried>;
}

/** The notices that wait for the print shop. */
export interface PrintQueue {
  /** Puts a notice where the print shop finds it. Repeating it is success. */
  add(notice: OutgoingNotice): Promise<void>;
  /** Takes away what the print shop no longer needs: one notice, or all of an application. Repeating it is success. */
  discard(applicationId: string, notice?: string): Promise<void>;
  /** The applications of which notices wait here. None where a service of its own keeps the queue. */
  applications(): Promise<string[]>;
}

/** A key that signs. The private key never leaves it. */
export interface Signer {
  /** Makes the key pair when there is none. */
  create(): Promise<void>;
  /** SubjectPublicKeyInfo as PEM. */
  publicKey(): Promise<string>;
  /** @param text up to 4,096 bytes. @returns base64, as `verificationKey` of the public key checks it. */
  sign(text: string): Promise<string>;
}

/** Signed seals, and the heads of chains that they stand for: kept, and never changed. */
export interface SealLog {
  /**
   * Keeps a seal and the heads that it added, together or not at all.
   * @returns false when there is a seal of its number, which another call was quicker to make.
   */
  append(signed: SignedSeal, added: readonly SealedHead[]): Promise<boolean>;
  /** Oldest first. */
  seals(): Promise<SignedSeal[]>;
  newest(): Promise<SignedSeal | undefined>;
  seal(number: number): Promise<SignedSeal | undefined>;
  /** The heads that one seal added, in the order of its tree. */
  added(number: number): Promise<SealedHead[]>;
  /** The number of the newest seal that added a head of the application; undefined when none has. */
  sealOf(applicationId: string): Promise<number | undefined>;
}

/** Tells who watches the whole. */
export type Measure = (metrics: readonly Metric[]) => void;

/** Lambda's queue of asynchronous calls. */
export interface CallQueue {
  /** Queues a call, which Lambda makes soon and at least once. @param functionName the account's name or ARN of it */
  send(functionName: string, payload: Json): Promise<void>;
}

/** A call that failed and that nobody waited for. */
export interface DeadLetter {
  /** The function that was called; undefined where the letter does not say. */
  readonly functionName?: string;
  readonly payload: Json;
  /** With it the letter is taken away. */
  readonly receipt: string;
}

export interface DeadLetters {
  /** Some of the letters, hidden from others for some minutes; none when none is left to see. */
  receive(): Promise<DeadLetter[]>;
  remove(letter: DeadLetter): Promise<void>;
}

/** A published version of the workflow. */
export interface WorkflowVersion {
  readonly arn: string;
  /** ISO 8601, UTC. */
  readonly publishedAt: string;
  /** The function versions that it calls. */
  readonly functionVersions: readonly string[];
}

/** Published versions of the workflow and of its functions. */
export interface Versions {
  /** Newest first. */
  workflowVersions(): Promise<WorkflowVersion[]>;
  /** The versions that new executions are started with. */
  routed(): Promise<string[]>;
  /** Whether an execution of a version is running. */
  isRunning(workflowVersion: string): Promise<boolean>;
  /** The ARNs of every published version of the functions that the workflow calls, which end in `:NUMBER`. */
  functionVersions(): Promise<string[]>;
  /** Repeating it is success. */
  deleteWorkflowVersion(arn: string): Promise<void>;
  /** Repeating it is success. */
  deleteFunctionVersion(arn: string): Promise<void>;
}

/** A sample application, and its status before a person decides on it. */
export interface Sample {
  /** Makes the submission: the applicant consented a minute before it. @param texts of the lender */
  readonly submissionAt: (at: Date, texts: ConsentTexts) => JsonObject & { readonly applicationId: string };
  /** Such as `APPROVE` or `IN_REVIEW`; `WAITS` where it is for some person to go on. */
  readonly expected: string;
}

// Names are written out: Step Functions matches on them, and a bundler may rename classes.
export class LedgerConflict extends Error {
  override readonly name = 'LedgerConflict';
}
export class EvidenceMissing extends Error {
  override readonly name = 'EvidenceMissing';
}
export class EvidenceDamaged extends Error {
  override readonly name = 'EvidenceDamaged';
}
export class KeyMissing extends Error {
  override readonly name = 'KeyMissing';
}
export class KeyDestroyed extends Error {
  override readonly name = 'KeyDestroyed';
}
export class IdentityMissing extends Error {
  override readonly name = 'IdentityMissing';
}
export class IdentityConflict extends Error {
  override readonly name = 'IdentityConflict';
}
export class BureauUnavailable extends Error {
  override readonly name = 'BureauUnavailable';
}
export class BureauAmbiguous extends Error {
  override readonly name = 'BureauAmbiguous';
}
export class ExecutionConflict extends Error {
  override readonly name = 'ExecutionConflict';
}
export class ExecutionMissing extends Error {
  override readonly name = 'ExecutionMissing';
}
export class TaskTokenSpent extends Error {
  override readonly name = 'TaskTokenSpent';
}
/** The mail server refuses the applicant's address: the notice goes on paper. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}
/** No connection, or it broke before the message was handed over. */
export class MailServerUnreachable extends Error {
  override readonly name = 'MailServerUnreachable';
}
/** The mail server refuses the sender or the message, or gives an answer that is no SMTP. */
export class MailServerFault extends Error {
  override readonly name = 'MailServerFault';
}
/** The message was handed over, and no answer came. */
export class MailResultUnknown extends Error {
  override readonly name = 'MailResultUnknown';
}
/** A function ended in an error: its name is the cause's. */
export class FunctionFailed extends Error {
  override readonly name = 'FunctionFailed';
}
/** A token that is expired, forged, another's, or without what is needed; never which. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}
/** The store did not take the write (full disk, throttling past all retries): nothing of it is stored. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
