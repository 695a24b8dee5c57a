import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { openEngine, stateMachineArnOf } from '@underwright/asl-engine';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

import { awsFiles } from '../../../adapters/aws/files.ts';
import { LEDGER_TABLE, VAULT_TABLE, WORK_TABLE } from '../../../adapters/aws/table-keys.ts';
import { systemClock } from '../../../adapters/system-clock.ts';
import { underwrightClient, type Client } from '../../../client/index.ts';
import type { Role } from '../../../domain/access/access.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import type { DeployedName } from '../../../lambdas/functions.ts';
import { bundleFunction, type BundleArchitecture } from '../../../lib/bundling.ts';
import { openApi } from '../../../local/api/server.ts';
import { localClient, startDynamoDb, startS3 } from '../aws-servers.ts';
import { temporaryDataFolder } from '../data-folder.ts';
import { startKms } from '../loopback-kms.ts';
import { LOCAL_KEY, signedHeaders } from '../signed.ts';
import type { WireRequest } from './calls.ts';
import { functionProcess, type FunctionProcess } from './function-process.ts';
import { eventBus, json, lambda, objectLocks, startAws, type Answering, type Service } from './servers.ts';
import { deployed, functionArn, REGION } from './template.ts';

const definitionOf = (name: string): string =>
  readFileSync(join(import.meta.dirname, `../../../statemachines/${name}.asl.json`), 'utf8');
const here: BundleArchitecture = process.arch === 'arm64' ? 'arm64' : 'x64';

/**
 * The sandbox as its templates say, on this machine: every function is its own bundle in a process of its own, with the
 * environment that its template gives it, against servers that speak the protocols of AWS; the embedded engine interprets
 * the definition as Step Functions would. What every function asks AWS for is recorded.
 */
export async function openDeployment() {
  const root = mkdtempSync(join(tmpdir(), 'underwright-deployment-'));
  const services: Record<string, Service> = {};
  const aws = await startAws(services);
  const issuer = await startIssuer();
  const template = deployed('sandbox', {
    bureauUrl: `${aws.endpoint}/function-url/SimulatedBureau/`,
    queueUrl: (name) => `${aws.endpoint}/000000000000/${name}`,
    issuers: issuer.url,
  });
  const { id: queue } = template.resources('AWS::SQS::Queue')[0]!;
  const environments = template.environments();
  const settings = environments.get('ReconcileRecords')!;
  const [ledger, work, vault] = ['LEDGER_TABLE', 'WORK_TABLE', 'VAULT_TABLE'].map((name) => settings[name]!);
  const dynamoDb = await startDynamoDb(ledger!, LEDGER_TABLE);
  await dynamoDb.createTable(work!, WORK_TABLE);
  await dynamoDb.createTable(vault!, VAULT_TABLE);
  await dynamoDb.createTable(environments.get('SimulatedBureau')!['WORK_TABLE']!, WORK_TABLE);
  const s3 = await startS3(settings['EVIDENCE_BUCKET']!);
  const batchBucket = environments.get('RescoreBatch')!['BATCH_BUCKET']!;
  await s3.client.send(new CreateBucketCommand({ Bucket: batchBucket }));
  const kms = await startKms();
  const sqs = new SQSClient(localClient(s3.endpoint));
  await sqs.send(new CreateQueueCommand({ QueueName: queue }));

  let aheadMs = 0;
  let startsRefused = false;
  let endsLost = false;
  const processes = new Map<DeployedName, FunctionProcess>();
  const invoke = (name: DeployedName, payload: Json): Promise<Json> => {
    const process = processes.get(name) ?? start(name);
    processes.set(name, process);
    return process.invoke(payload, aheadMs);
  };
  function start(name: DeployedName): FunctionProcess {
    const folder = join(root, name);
    if (!existsSync(folder)) bundleFunction(name, folder, here);
    const variables = Object.entries(environments.get(name)!).map(([key, value]) => [
      key,
      value.replace(/^\/var\/task/, folder),
    ]);
    return functionProcess(folder, {
      ...(Object.fromEntries(variables) as Record<string, string>),
      ...credentials(name, aws.endpoint),
      AWS_LAMBDA_FUNCTION_NAME: name,
      POWERTOOLS_LOG_LEVEL: 'SILENT',
    });
  }

  const machineOf = (definition: string) => {
    const found = template
      .resources('AWS::StepFunctions::StateMachine')
      .find(({ properties }) => String(properties['StateMachineName']).endsWith(`-${definition}`))!;
    const { StateMachineName: name, DefinitionSubstitutions: substitutions } = found.properties as {
      StateMachineName: string;
      DefinitionSubstitutions: Record<string, string>;
    };
    return {
      arn: template.arn(found.id, found.stack),
      source: { name, definition: definitionOf(definition), substitutions },
    };
  };
  const workflow = machineOf('underwriting');
  const batch = machineOf('batch');
  const { substitutions } = workflow.source;
  const data = temporaryDataFolder();
  // What a Distributed Map reads and writes it reads and writes under the role of its state machine.
  const batchRole = new S3Client({
    endpoint: aws.endpoint,
    region: REGION,
    credentials: { accessKeyId: 'Batch', secretAccessKey: 'local' },
    forcePathStyle: true,
  });
  const engine = openEngine({
    database: data.database,
    stateMachines: [workflow.source, batch.source],
    buckets: { [batchBucket]: awsFiles({ client: batchRole, bucketName: batchBucket }) },
    invoke: (name, payload) => {
      const ofWorkflow = substitutions[name];
      const [principal, resource] =
        ofWorkflow === undefined ? ['Batch', batch.source.substitutions[name]!] : ['Workflow', ofWorkflow];
      aws.calls.push({ principal, action: 'lambda:InvokeFunction', resource, context: {} });
      return invoke(name as DeployedName, payload);
    },
  });
  engine.onExecutionEnd(async (end) => {
    // As the rule: of the underwriting workflow alone.
    if (endsLost || end.detail.stateMachineArn !== stateMachineArnOf(workflow.source.name)) return;
    await invoke('ArchiveHistory', end as unknown as JsonObject);
  });
  const api = await openApi({
    engine,
    accessKey: LOCAL_KEY,
    clock: systemClock,
    invoke: (name, payload) => invoke(name, payload),
  });

  const heard: { type: string; detail: string }[] = [];
  const versions = new Map<string, string[]>();
  /** Calls that nobody waits for. */
  const running = new Set<Promise<unknown>>();
  Object.assign(services, {
    dynamodb: { endpoint: dynamoDb.endpoint },
    s3: { endpoint: s3.endpoint, answer: objectLocks(2_557) },
    kms: { endpoint: kms.endpoint },
    sqs: { endpoint: s3.endpoint },
    events: { answer: eventBus(heard) },
    lambda: { answer: lambda((name, payload) => invoke(name as DeployedName, payload as Json), versions, running) },
    states: {
      endpoint: api.endpoint,
      // The access key of each caller says who it is, so the engine is called with its own.
      sign: (url, { headers, body }) =>
        signedHeaders({ service: 'states', url, body: body.toString(), headers: targetOf(headers) }),
      answer: workflowVersions(workflow.arn, substitutions, () => startsRefused),
    },
  } satisfies Record<string, Service>);

  const token = (role: Role) => issuer.token(environments.get('AuthoriseRequest')!, role);
  return {
    template,
    calls: aws.calls,
    heard,
    invoke,
    /** Ends a function's process, as Lambda does: the next call starts another. */
    async recycle(name: DeployedName) {
      await processes.get(name)?.close();
      processes.delete(name);
    },
    /** Puts a file under `input/` and has it decided anew. @returns the execution's status and output. */
    async rescore(batchId: string, lines: readonly JsonObject[]) {
      const key = `input/${batchId}.jsonl`;
      const text = lines.map((line) => JSON.stringify(line)).join('\n');
      await awsFiles({ client: s3.client, bucketName: batchBucket }).write(key, Buffer.from(text));
      const input = JSON.stringify({ batchId, key, format: 'JSONL', toleratedFailurePercentage: 50 });
      const { executionArn } = await engine.startExecution({ stateMachineArn: batch.arn, input });
      await engine.drain();
      const { status, output } = await engine.describeExecution({ executionArn });
      return { status, output: JSON.parse(output ?? 'null') as Json };
    },
    /** Of a front end, or a person of the role. */
    client: (role: Role): Client => underwrightClient({ url: `${api.endpoint}/v1`, token: () => token(role) }),
    /** Resolves when nothing moves without a person, or a timer that is not due within so many ms. */
    settled: async (horizonMs?: number) => {
      await Promise.all(running);
      await engine.drain(horizonMs);
    },
    /** The executions that run. @returns their ARNs. */
    running: async () => {
      const listed = await engine.listExecutions({ stateMachineArn: workflow.arn, statusFilter: 'RUNNING' });
      return listed.executions.map(({ executionArn }) => executionArn);
    },
    /** What an operator does. */
    stop: (executionArn: string) => engine.stopExecution({ executionArn }),
    redrive: (executionArn: string) => engine.redriveExecution({ executionArn }),
    /** Puts the clock of every function forward. */
    advance(days: number) {
      aheadMs += days * 86_400_000;
    },
    /** What Lambda and EventBridge leave in the queue. */
    deadLetter: (functionName: string, payload: Json) =>
      sqs.send(
        new SendMessageCommand({
          QueueUrl: `${s3.endpoint}/000000000000/${queue}`,
          MessageBody: JSON.stringify({
            requestContext: { functionArn: functionArn(functionName) },
            requestPayload: payload,
          }),
        }),
      ),
    versions,
    /** Lets no execution start until told otherwise. */
    refuseStarts(refused: boolean) {
      startsRefused = refused;
    },
    /** Lets nobody hear of ends of executions until told otherwise. */
    loseEnds(lost: boolean) {
      endsLost = lost;
    },
    /** What the output for auditors says, and who they are. */
    auditor: () => ({
      ...(Object.fromEntries(
        template
          .output('AuditorSettings')
          .split(' ')
          .map((setting) => setting.split(/=(.*)/s).slice(0, 2)),
      ) as Record<string, string>),
      ...credentials('Auditor', aws.endpoint),
    }),
    bundles: root,
    async close() {
      for (const process of processes.values()) await process.close();
      await api.close();
      await engine.close();
      data.database.close();
      data.remove();
      sqs.destroy();
      batchRole.destroy();
      await aws.close();
      await issuer.close();
      await dynamoDb.close();
      await s3.close();
      await kms.close();
      rmSync(root, { recursive: true });
    },
  };
}
export type Deployment = Awaited<ReturnType<typeof openDeployment>>;

/** The headers that name the operation. */
const targetOf = (headers: WireRequest['headers']) =>
  Object.fromEntries(['x-amz-target', 'content-type'].map((name) => [name, String(headers[name] ?? '')]));

/** The access key says who calls. */
const credentials = (principal: string, endpoint: string) => ({
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: principal,
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL: endpoint,
});

/** What the engine has not: versions of the state machine, and the alias that callers start. */
function workflowVersions(
  machine: string,
  substitutions: Readonly<Record<string, string>>,
  startsRefused: () => boolean,
): Answering {
  const published = new Map([1, 2, 3, 4, 5, 6].map((number) => [`${machine}:${number}`, number]));
  return (request) => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const input = JSON.parse(request.body.toString()) as Record<string, string>;
    const arn = input['stateMachineArn'] ?? '';
    switch (operation) {
      case 'StartExecution': {
        if (startsRefused()) return { ...json({ __type: 'StateMachineDeleting' }), status: 400 };
        // To the engine an alias is its state machine.
        input['stateMachineArn'] = machine;
        request.body = Buffer.from(JSON.stringify(input));
        request.headers['content-length'] = String(request.body.length);
        return undefined;
      }
      case 'ListStateMachineVersions':
        return json({
          stateMachineVersions: [...published].reverse().map(([version, number]) => ({
            stateMachineVersionArn: version,
            creationDate: Date.UTC(2026, 0, number) / 1_000,
          })),
        });
      case 'DescribeStateMachineAlias':
        return json({ routingConfiguration: [{ stateMachineVersionArn: `${machine}:6`, weight: 100 }] });
      case 'DescribeStateMachine': {
        const number = published.get(arn) ?? 6;
        const definition = JSON.stringify(
          Object.values(substitutions).map((version) => version.replace(/\d+$/, String(number))),
        );
        return json({ definition });
      }
      case 'ListExecutions':
        return arn === machine ? undefined : json({ executions: [] });
      case 'DeleteStateMachineVersion':
        published.delete(input['stateMachineVersionArn'] ?? '');
        return json({});
      default:
        return undefined;
    }
  };
}

/** An issuer of tokens as Cognito's are. */
async function startIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] };
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keys));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token(trusted: Readonly<Record<string, string>>, role: Role): Promise<string> {
      const [people, frontEnd] = trusted['OIDC_AUDIENCES']!.split(',');
      const own =
        role === 'front-end'
          ? { client_id: frontEnd, scope: `underwright/${role}` }
          : { client_id: people, username: `${role[0]}.moss`, 'cognito:groups': [role] };
      return new SignJWT({ ...own, token_use: 'access' })
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setIssuer(trusted['OIDC_ISSUER']!)
        .setSubject(role)
        .setIssuedAt()
        .setExpirationTime('30 d')
        .sign(privateKey);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
