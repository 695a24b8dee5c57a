/** What proof costs: events appended with and without the chain, chains verified, decisions replayed. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';

import { awsLedger } from '../adapters/aws/ledger.ts';
import { LEDGER_TABLE } from '../adapters/aws/table-keys.ts';
import { GroupCommitDatabase } from '../adapters/embedded/group-commit.ts';
import { embeddedLedger } from '../adapters/embedded/ledger.ts';
import type { Ledger } from '../adapters/ports.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { openReplayProcess } from '../audit/replay/process.ts';
import { buildCore } from '../core/build.ts';
import type { FrozenDecision } from '../domain/decision/replay.ts';
import { canonicalJson, sha256 } from '../domain/ledger/canonical-json.ts';
import { verifyChain, type LedgerEvent } from '../domain/ledger/chain.ts';
import { microseconds, percentile, rounded, type Measurement } from './support.ts';

/** As many as a decided application has, more or less, and bodies of the size of its larger ones. */
const EVENTS_EACH = 10;
const APPLICATIONS = 2_000;
const DYNAMODB_APPLICATIONS = 60;
/** Applications that go on at once. */
const AT_ONCE = 64;
const ROUNDS = 5;
const REPLAYS = 40 * 640;
const REPLAYS_IN_QUICKJS = 4 * 640;
const STARTS = 9;

const address = 'a'.repeat(64);
function event(application: number, index: number): LedgerEvent {
  return {
    id: `arn:aws:states:us-east-1:000000000000:execution:underwriting:${application}/ApplyPolicy/${index}`,
    applicationId: `application-${application}`,
    type: 'POLICY_APPLIED',
    schemaVersion: 1,
    occurredAt: '2026-01-05T12:00:00.000Z',
    actor: 'system',
    body: {
      output: { outcome: 'APPROVE', evidence: address },
      evidence: [{ kind: 'policy', address, versionId: '1' }],
      facts: {
        policy: 'personal-loan',
        policyVersion: '1.0.0',
        policyDigest: address,
        outcome: 'APPROVE',
        reasons: [],
      },
    },
  };
}

/** Microseconds on the clock, and of this process's own time, which other programs on the machine do not stretch. */
interface Took {
  readonly us: number;
  readonly processorUs: number;
}

async function took(work: () => Promise<unknown>): Promise<Took> {
  const before = process.cpuUsage();
  const us = await microseconds(work);
  const { user, system } = process.cpuUsage(before);
  return { us, processorUs: user + system };
}

/** Each application's events in turn, as its steps are, and many applications at once. */
function appended(applications: number, append: (event: LedgerEvent) => Promise<unknown>): Promise<Took> {
  let next = 0;
  const writer = async () => {
    while (next < applications) {
      const application = next;
      next += 1;
      for (let index = 0; index < EVENTS_EACH; index += 1) await append(event(application, index));
    }
  };
  return took(() => Promise.all(Array.from({ length: AT_ONCE }, writer)));
}

const perSecond = (count: number, us: number): number => rounded((count / us) * 1e6);

async function embedded(): Promise<{ chained: Took; plain: Took; verified: Took }> {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-bench-'));
  const database = new GroupCommitDatabase(join(folder, 'underwright.sqlite'));
  try {
    const ledger = embeddedLedger(database, systemClock);
    database.schema(
      `CREATE TABLE plain (id INTEGER PRIMARY KEY, application TEXT NOT NULL, event TEXT NOT NULL) STRICT`,
    );
    const plain = await appended(APPLICATIONS, (each) =>
      database.write(() =>
        database
          .statement('INSERT INTO plain (application, event) VALUES (?, ?)')
          .run(each.applicationId, canonicalJson(each)),
      ),
    );
    const chained = await appended(APPLICATIONS, (each) => ledger.append(each));
    const verified = await took(async () => {
      for (let application = 0; application < APPLICATIONS; application += 1) {
        const applicationId = `application-${application}`;
        const entries = await ledger.read(applicationId);
        if (entries.length !== EVENTS_EACH || verifyChain(applicationId, entries).length > 0) {
          throw new Error('A chain that was just written does not hold: nothing was measured.');
        }
      }
    });
    return { chained, plain, verified };
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

async function dynamoDb(): Promise<Took> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    await client.send(
      new CreateTableCommand({
        TableName: 'ledger',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'N' },
          { AttributeName: 'recordedIn', AttributeType: 'S' },
          { AttributeName: 'recordedAt', AttributeType: 'S' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: LEDGER_TABLE.index.name,
            KeySchema: [
              { AttributeName: 'recordedIn', KeyType: 'HASH' },
              { AttributeName: 'recordedAt', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: LEDGER_TABLE.index.projection },
          },
        ],
      }),
    );
    const ledger: Ledger = awsLedger({
      client: DynamoDBDocumentClient.from(client),
      tableName: 'ledger',
      clock: systemClock,
    });
    return await appended(DYNAMODB_APPLICATIONS, (each) => ledger.append(each));
  } finally {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Processor time of another process so far, all its threads, where Linux tells it; else NaN. In ticks of 10 ms. */
function processorUs(pid: number | undefined): number {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
      .slice(11, 13);
    return (Number(user) + Number(system)) * 10_000;
  } catch {
    return Number.NaN;
  }
}

/** As `underwright replay --all` sends them. */
const WINDOW = 64;

interface Replays {
  readonly us: number;
  readonly processorUs: number;
  /** Median from the order to the core that is ready to replay, in a process that runs; ms. */
  readonly startMs: number;
}

/**
 * The golden corpus over and over in one restricted process, whose core is the only one that works on it: the decision core
 * as it is archived, frozen inputs that the asking process has in memory.
 */
async function replayed(runsIn: 'NODE' | 'QUICKJS', replays: number): Promise<Replays> {
  const root = join(import.meta.dirname, '..');
  const folder = join(root, 'test', 'golden');
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const explained = read('explained.json') as Record<string, Record<string, { readonly replayed?: string | null }>>;
  const differs = (name: string) => Object.values(explained[name] ?? {}).some(({ replayed }) => replayed !== undefined);
  const corpus = readdirSync(folder)
    .filter((name) => name.endsWith('.json') && name !== 'explained.json')
    .filter((name) => !differs(name.slice(0, -'.json'.length)))
    .map((name) => read(name) as FrozenDecision)
    .filter(({ scoring }) => scoring !== null);
  const process = openReplayProcess();
  const module = await buildCore();
  const core = sha256(module);
  await process.core(core, module, runsIn);
  const [manifest, model] = ['manifest.json', 'model.onnx'].map((name) =>
    readFileSync(join(root, 'models', 'personal-loan-default', '2.0.0', name)),
  );
  if (manifest && model) await process.model(sha256(manifest), manifest, model);
  const run = async (decisions: number) => {
    let next = 0;
    const asker = async () => {
      while (next < decisions) {
        const window = Array.from({ length: WINDOW }, (_, index) => corpus[(next + index) % corpus.length]);
        next += WINDOW;
        const differences = await process.replay(
          core,
          window.filter((frozen) => frozen !== undefined),
        );
        if (differences.length !== WINDOW || differences.flat().length > 0) {
          throw new Error('A decision of the corpus differs: see what test/golden says. Nothing was measured.');
        }
      }
    };
    // The next window is on its way while one is worked on.
    await Promise.all([asker(), asker()]);
  };
  try {
    await run(replays / 5);
    const before = processorUs(process.pid);
    const us = await microseconds(() => run(replays));
    const took = processorUs(process.pid) - before;
    const starts: number[] = [];
    for (let start = 0; start < STARTS; start += 1) {
      // A comment makes another core of it.
      const other = Buffer.concat([module, Buffer.from(`// ${start}`)]);
      starts.push(await microseconds(() => process.core(sha256(other), other, runsIn)));
    }
    return { us, processorUs: took, startMs: rounded(percentile(starts, 0.5) / 1_000) };
  } finally {
    await process.close();
  }
}

export const packages = ['dynalite', 'onnxruntime-node', 'quickjs-emscripten-core', '@aws-sdk/client-dynamodb'];

/** Rounds, each with its own appends without a chain beside it: disks change from minute to minute. */
async function embeddedRounds(): Promise<Awaited<ReturnType<typeof embedded>>[]> {
  const rounds: Awaited<ReturnType<typeof embedded>>[] = [];
  // The first warms the program up.
  for (let round = 0; round <= ROUNDS; round += 1) rounds.push(await embedded());
  return rounds.slice(1);
}

export default async function audit(): Promise<Measurement> {
  const events = APPLICATIONS * EVENTS_EACH;
  const rounds = await embeddedRounds();
  const median = (of: (round: (typeof rounds)[number]) => number) => percentile(rounds.map(of), 0.5);
  const replays = await replayed('NODE', REPLAYS);
  const inQuickJs = await replayed('QUICKJS', REPLAYS_IN_QUICKJS);
  const each = ({ processorUs }: Replays, count: number) => processorUs / count;
  return {
    figures: {
      append_per_second_embedded: perSecond(
        events,
        median(({ chained }) => chained.us),
      ),
      append_per_processor_second_embedded: perSecond(
        events,
        median(({ chained }) => chained.processorUs),
      ),
      append_per_second_dynamodb: perSecond(DYNAMODB_APPLICATIONS * EVENTS_EACH, (await dynamoDb()).us),
      verify_events_per_second: perSecond(
        events,
        median(({ verified }) => verified.us),
      ),
      verify_events_per_processor_second: perSecond(
        events,
        median(({ verified }) => verified.processorUs),
      ),
      replay_decisions_per_second: perSecond(REPLAYS, replays.us),
      replay_decisions_per_processor_second: perSecond(REPLAYS, replays.processorUs),
      replay_in_quickjs_decisions_per_second: perSecond(REPLAYS_IN_QUICKJS, inQuickJs.us),
      replay_in_quickjs_start_ms: inQuickJs.startMs,
      ratio_quickjs_to_v8_processor: rounded(each(inQuickJs, REPLAYS_IN_QUICKJS) / each(replays, REPLAYS)),
      ratio_chain_to_plain_append: rounded(median(({ chained, plain }) => chained.us / plain.us)),
      ratio_chain_to_plain_append_processor: rounded(
        median(({ chained, plain }) => chained.processorUs / plain.processorUs),
      ),
    },
    peers: {
      plain_append_per_second: perSecond(
        events,
        median(({ plain }) => plain.us),
      ),
    },
  };
}
