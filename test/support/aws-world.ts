import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SFNClient } from '@aws-sdk/client-sfn';
import { openEngine } from '@underwright/asl-engine';

import { archivedOnce } from '../../adapters/archived-once.ts';
import { awsEvidenceStore } from '../../adapters/aws/evidence-store.ts';
import { awsExecutions } from '../../adapters/aws/executions.ts';
import { awsLedger } from '../../adapters/aws/ledger.ts';
import { awsSealLog } from '../../adapters/aws/seal-log.ts';
import { awsSigner } from '../../adapters/aws/signer.ts';
import { LEDGER_TABLE, VAULT_TABLE, WORK_TABLE } from '../../adapters/aws/table-keys.ts';
import { awsVault } from '../../adapters/aws/vault.ts';
import { awsWorkStore } from '../../adapters/aws/work-store.ts';
import { awsWorkflows } from '../../adapters/aws/workflows.ts';
import { composeEmbedded } from '../../adapters/compose/embedded.ts';
import { packagedModels } from '../../adapters/onnx/models.ts';
import type { Clock } from '../../adapters/ports.ts';
import { applicationIdentity, sealedEvidence } from '../../adapters/sealed-evidence.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { buildCore } from '../../core/build.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import type { FunctionName } from '../../lambdas/functions.ts';
import { lendingSetting } from '../../lib/underwriting-function.ts';
import { openApi } from '../../local/api/server.ts';
import { embeddedFunctions, invokeFunction } from '../../local/functions.ts';
import { STATE_MACHINE, STATE_MACHINE_ARN } from '../../local/underwriting-process.ts';
import { stageNamed } from '../../stages/stage.ts';
import { localClient, startDynamoDb, startS3 } from './aws-servers.ts';
import { startKms } from './loopback-kms.ts';
import { LOCAL_KEY } from './signed.ts';

const DEFINITION = readFileSync(join(import.meta.dirname, '../../statemachines/underwriting.asl.json'), 'utf8');

/**
 * A deployment on this machine: the real handlers over the adapters of AWS, which reach a DynamoDB, an S3 and a KMS by
 * their protocols, and the embedded engine, which answers as Step Functions.
 */
export async function openAwsWorld({
  clock = systemClock,
  onCall = (_, call) => call(),
}: {
  readonly clock?: Clock;
  /** Around every call of a function. */
  readonly onCall?: (name: FunctionName, call: () => Promise<Json>) => Promise<Json>;
} = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-aws-'));
  const dynamoDb = await startDynamoDb('ledger', LEDGER_TABLE);
  await dynamoDb.createTable('work', WORK_TABLE);
  await dynamoDb.createTable('vault', VAULT_TABLE);
  const s3 = await startS3('evidence');
  const kms = await startKms();
  const embedded = composeEmbedded(folder, { clock, bureauTimeoutMs: 500 });
  const { client } = dynamoDb;
  const evidenceStore = awsEvidenceStore(s3);
  const engine = openEngine({
    database: embedded.database,
    stateMachines: [
      {
        name: STATE_MACHINE,
        definition: DEFINITION,
        substitutions: Object.fromEntries(
          [...DEFINITION.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [
            name,
            `arn:aws:lambda:local:000000000000:function:${name}`,
          ]),
        ),
      },
    ],
    invoke: (name, payload) => invoke(name as FunctionName, payload as JsonObject),
  });
  const api = await openApi({
    engine,
    accessKey: LOCAL_KEY,
    clock: systemClock,
    // What the auditor's role may invoke.
    functions: {
      ExportDecisionFile: (payload) => invoke('ExportDecisionFile', payload as JsonObject),
      RecordPersonalDataRead: (payload) => invoke('RecordPersonalDataRead', payload as JsonObject),
    },
  });
  const sfn = new SFNClient(localClient(api.endpoint));
  const core = archivedOnce(evidenceStore, async () => {
    const bytes = await buildCore();
    return { digest: sha256(bytes), files: [bytes] };
  });
  const models = packagedModels('models', evidenceStore);
  const made = new Map<FunctionName, ReturnType<typeof functionsApart>>();
  /** With caches of its own, as each function on AWS has. */
  const functionsApart = (name: FunctionName) => {
    const vault = awsVault({ client, tableName: 'vault', kms: kms.client, dataKeyId: 'data', indexKeyId: 'index' });
    const stores = {
      ...embedded,
      vault,
      evidenceStore,
      decisionCore: async () => (await core()).digest,
      models,
      ledger: awsLedger({ client, tableName: 'ledger', clock }),
      workStore: awsWorkStore({ client, tableName: 'work' }),
      evidence: sealedEvidence(evidenceStore, vault),
      identities: applicationIdentity(vault),
      signer: awsSigner({ kms: kms.client, keyId: name === 'ExportDecisionFile' ? 'exports' : 'seals' }),
      sealLog: awsSealLog({ client, tableName: 'ledger', evidenceStore }),
      workflows: awsWorkflows({ client: sfn, stateMachineArn: STATE_MACHINE_ARN }),
      executions: awsExecutions({ client: sfn, stateMachineArn: STATE_MACHINE_ARN }),
    };
    return embeddedFunctions(stores, { settledMs: 1 });
  };
  const invoke = (name: FunctionName, payload: JsonObject) => {
    const functions = made.get(name) ?? functionsApart(name);
    made.set(name, functions);
    return onCall(name, () => invokeFunction(functions, name, payload));
  };
  engine.onExecutionEnd(async (end) => {
    await invoke('ArchiveHistory', end as unknown as JsonObject);
  });
  return {
    dynamoDb: client,
    s3: s3.client,
    kms: kms.client,
    stepFunctions: sfn,
    events: embedded.events,
    history: (executionArn: string) => engine.history(executionArn),
    invoke,
    /** Resolves when nothing moves without a person. */
    settled: () => engine.drain(),
    /** What functions find in their environment, and where the servers are. */
    environment: {
      LENDING: lendingSetting(stageNamed('sandbox')),
      LEDGER_TABLE: 'ledger',
      WORK_TABLE: 'work',
      VAULT_TABLE: 'vault',
      EVIDENCE_BUCKET: 'evidence',
      DATA_KEY_ID: 'data',
      INDEX_KEY_ID: 'index',
      SEAL_KEY_ID: 'seals',
      EXPORT_KEY_ID: 'exports',
      STATE_MACHINE_ARN,
      EXPORT_DECISION_FILE_ARN: 'arn:aws:lambda:local:000000000000:function:ExportDecisionFile',
      RECORD_PERSONAL_DATA_READ_ARN: 'arn:aws:lambda:local:000000000000:function:RecordPersonalDataRead',
      AWS_ENDPOINT_URL_LAMBDA: api.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ENDPOINT_URL_KMS: kms.endpoint,
      AWS_ENDPOINT_URL_SFN: api.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    async close() {
      sfn.destroy();
      await api.close();
      await engine.close();
      embedded.close();
      await dynamoDb.close();
      await s3.close();
      await kms.close();
      rmSync(folder, { recursive: true });
    },
  };
}
export type AwsWorld = Awaited<ReturnType<typeof openAwsWorld>>;
