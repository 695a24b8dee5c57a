/** The adapters of AWS: one of each a process, made when it is first asked for, so a bundle carries what its function uses. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createRemoteJWKSet } from 'jose';

import type { JsonObject } from '../../domain/json.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { withWords, type LendingSettings } from '../../domain/lender.ts';
import { SAMPLE_LIST } from '../../domain/screening/list.ts';
import { searchable, type Searchable } from '../../domain/screening/search.ts';
import { archivedOnce } from '../archived-once.ts';
import { awsDeadLetters } from '../aws/dead-letters.ts';
import { awsEvents } from '../aws/events.ts';
import { awsEvidenceLocks } from '../aws/evidence-locks.ts';
import { awsEvidenceStore } from '../aws/evidence-store.ts';
import { awsExecutions } from '../aws/executions.ts';
import { awsFiles } from '../aws/files.ts';
import { awsFunctions } from '../aws/functions.ts';
import { awsLedger } from '../aws/ledger.ts';
import { cloudWatchMetrics } from '../aws/metrics.ts';
import { sesMail } from '../aws/notice-mail.ts';
import { observedEvidence, observedLedger } from '../aws/observed.ts';
import { awsSealLog } from '../aws/seal-log.ts';
import { awsSigner } from '../aws/signer.ts';
import { awsVault } from '../aws/vault.ts';
import { awsVersions } from '../aws/versions.ts';
import { awsWorkStore } from '../aws/work-store.ts';
import { awsWorkflows } from '../aws/workflows.ts';
import { bureauGateway, BUREAU_TIMEOUT_MS } from '../bureaus/gateway/gateway.ts';
import { iamSignature } from '../bureaus/gateway/iam-signature.ts';
import { workStoreLog } from '../bureaus/simulator/pull-log.ts';
import { simulatedBureau } from '../bureaus/simulator/simulator.ts';
import { oidcTokens } from '../oidc/tokens.ts';
import { packagedModels } from '../onnx/models.ts';
import { polledChanges } from '../polled-changes.ts';
import type {
  Bureau,
  CallQueue,
  Changes,
  Clock,
  DeadLetters,
  Events,
  Evidence,
  EvidenceLocks,
  EvidenceStore,
  Executions,
  Files,
  Functions,
  Identities,
  Ledger,
  Measure,
  ModelRuntime,
  Models,
  NoticeMail,
  NoticePdf,
  PrintQueue,
  SealLog,
  Signer,
  Tokens,
  Vault,
  Versions,
  Workflows,
  WorkStore,
} from '../ports.ts';
import { readSamples } from '../sample-applications.ts';
import { applicationIdentity, sealedEvidence } from '../sealed-evidence.ts';
import { systemClock } from '../system-clock.ts';
import { modelRuntime as servingRuntime } from './model-runtime.ts';

// Bundlers leave out what nobody asks for only if making it is known, in this very file, to do nothing yet.
// @__NO_SIDE_EFFECTS__
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

class LendingSettingsInvalid extends Error {
  override readonly name = 'LendingSettingsInvalid';
}

class SettingMissing extends Error {
  override readonly name = 'SettingMissing';
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new SettingMissing(
      `The environment variable ${name} is not set: the stack sets it for each function, and tells it to auditors as its ` +
        `output AuditorSettings.`,
    );
  return value;
}

const documents = once(() => DynamoDBDocumentClient.from(new DynamoDBClient()));

export const clock = (): Clock => systemClock;
/** The log of a function is where metrics are read; whoever else opens the stores, such as an auditor, measures nothing. */
export const measure = once((): Measure =>
  process.env['AWS_LAMBDA_FUNCTION_NAME'] ? cloudWatchMetrics(setting('STAGE_NAME')) : () => {},
);
export const ledger = once((): Ledger =>
  observedLedger(awsLedger({ client: documents(), tableName: setting('LEDGER_TABLE'), clock: systemClock }), measure()),
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
const objects = once(() => new S3Client());
export const evidenceStore = once((): EvidenceStore =>
  awsEvidenceStore({ client: objects(), bucketName: setting('EVIDENCE_BUCKET') }),
);
export const batchFiles = once((): Files => awsFiles({ client: objects(), bucketName: setting('BATCH_BUCKET') }));
export const evidenceLocks = once((): EvidenceLocks =>
  awsEvidenceLocks({ client: objects(), bucketName: setting('EVIDENCE_BUCKET') }),
);
/** Signs seals: one function may. */
export const signer = once((): Signer => awsSigner({ kms: new KMSClient(), keyId: setting('SEAL_KEY_ID') }));
/** Signs decision files, under another key: who takes them out can make no seal. */
export const exportSigner = once((): Signer => awsSigner({ kms: new KMSClient(), keyId: setting('EXPORT_KEY_ID') }));
export const sealLog = once((): SealLog =>
  awsSealLog({ client: documents(), tableName: setting('LEDGER_TABLE'), evidenceStore: evidenceStore() }),
);
export const evidence = once((): Evidence => observedEvidence(sealedEvidence(evidenceStore(), vault()), measure()));
export const identities = once((): Identities => applicationIdentity(vault()));
export const events = once((): Events =>
  awsEvents({ client: new EventBridgeClient(), eventBusName: setting('EVENT_BUS') }),
);
/** Without a sender in the stage, every notice goes on paper. */
export const noticeMail = once((): NoticeMail =>
  sesMail({
    client: new SESv2Client(),
    sender: process.env['NOTICE_SENDER'],
    configurationSet: process.env['MAIL_CONFIGURATION_SET'] ?? '',
    clock: systemClock,
  }),
);
/** The event `NoticePrintRequested` feeds the print shop's queue with references: it reads the notice over the API. */
const eventFed: PrintQueue = { add: async () => {}, discard: async () => {}, applications: async () => [] };
export const printQueue = (): PrintQueue => eventFed;
/** DrawNotice alone has the renderer and its fonts. */
export const noticePdf = once((): NoticePdf => async (notice, issuedAt) => {
  const drawn = await functions().invoke('DrawNotice', { notice: notice as JsonObject, issuedAt });
  return Buffer.from((drawn as { content: string }).content, 'base64');
});
export const workflows = once((): Workflows =>
  awsWorkflows({ client: new SFNClient(), stateMachineArn: process.env['STATE_MACHINE_ARN'] ?? '' }),
);
export const executions = once((): Executions =>
  awsExecutions({ client: new SFNClient(), stateMachineArn: setting('STATE_MACHINE_ARN') }),
);
export const bureau = once((): Bureau =>
  bureauGateway({ url: setting('BUREAU_URL'), sign: iamSignature(process.env), timeoutMs: BUREAU_TIMEOUT_MS }),
);
/** The labelled simulator, which stands for the bureaus in a sandbox. Its slow answers come after its caller gave up. */
export const simulator = once((): Bureau =>
  simulatedBureau({ log: workStoreLog(workStore(), systemClock), wait, timeoutMs: BUREAU_TIMEOUT_MS + 2_000 }),
);
const pause = (milliseconds: number): Promise<void> => wait(milliseconds);
const waiting = (): typeof pause => pause;
export { waiting as wait };
const sampleApplications = once(() => readSamples(setting('SAMPLES_FOLDER')));
export const samples = (): typeof sampleApplications => sampleApplications;
export const callQueue = once((): CallQueue => awsFunctions(new LambdaClient()));
export const deadLetters = once((): DeadLetters => awsDeadLetters(new SQSClient(), setting('DEAD_LETTERS_URL')));
export const redrivable = (): string[] => setting('REDRIVABLE_FUNCTIONS').split(',');
export const versions = once((): Versions =>
  awsVersions({ stepFunctions: new SFNClient(), lambda: new LambdaClient(), aliasArn: setting('STATE_MACHINE_ARN') }),
);
/** Opens each model when it first scores, and archives its package. */
export const models = once((): Models => packagedModels(setting('MODELS_FOLDER'), evidenceStore()));
export const modelRuntime = (): ModelRuntime => servingRuntime;
/** Opens models for results that decide nothing: no replay needs them, so no package is archived. */
export const batchModels = once((): Models => packagedModels(setting('MODELS_FOLDER')));
const coreDigest = async (): Promise<string> => (await archivedCore()()).digest;
/** Archives the core that was bundled beside the function, and returns its digest. */
export const decisionCore = (): typeof coreDigest => coreDigest;
const archivedCore = once(() =>
  archivedOnce(evidenceStore(), async () => {
    const core = await readFile(setting('DECISION_CORE'));
    return { digest: sha256(core), files: [core] };
  }),
);
/** The functions that this one may invoke: INTAKE_APPLICATION_ARN is the ARN of IntakeApplication. */
export const functions = once((): Functions => {
  const lambda = awsFunctions(new LambdaClient());
  return {
    invoke: (name, payload) =>
      lambda.invoke(setting(`${name.replaceAll(/(?<=.)[A-Z]/g, '_$&').toUpperCase()}_ARN`), payload),
  };
});
/** How long the issuer may take to give its keys, in ms: API Gateway waits 10 s for the authoriser. */
const KEYS_TIMEOUT_MS = 3_000;
export const tokens = once((): Tokens => {
  const { OIDC_ROLES_CLAIM: rolesClaim, OIDC_PERSON_CLAIM: personClaim } = process.env;
  return oidcTokens({
    issuer: setting('OIDC_ISSUER'),
    audiences: setting('OIDC_AUDIENCES').split(','),
    keys: createRemoteJWKSet(new URL(setting('OIDC_JWKS_URI')), { timeoutDuration: KEYS_TIMEOUT_MS }),
    clock: systemClock,
    ...(rolesClaim && { rolesClaim }),
    ...(personClaim && { personClaim }),
  });
});
export const changes = once((): Changes => polledChanges(pause));
// The list is prepared when it is first searched.
const preparedList = once(async (): Promise<Searchable> => searchable(SAMPLE_LIST));
/** The invented list: no deployment loads another one yet. */
export const screeningList = (): typeof preparedList => preparedList;
/**
 * The mode and the lender of the deployment. A deployment without them decides nothing.
 * @throws SettingMissing, LendingSettingsInvalid
 */
export const lending = once((): LendingSettings => {
  try {
    const settings: unknown = JSON.parse(setting('LENDING'));
    // An auditor has no file of texts, and records no consent.
    const file = process.env['CONSENT_TEXTS'];
    return withWords(settings, file === undefined ? undefined : JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof SettingMissing) throw error;
    throw new LendingSettingsInvalid(
      'The environment variable LENDING has no valid mode and lender: deploy the stage again, or export AuditorSettings.',
    );
  }
});
