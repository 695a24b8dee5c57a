import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { S3Client } from '@aws-sdk/client-s3';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { awsEvidenceLocks } from '../../adapters/aws/evidence-locks.ts';
import { awsEvidenceStore } from '../../adapters/aws/evidence-store.ts';
import { awsLedger } from '../../adapters/aws/ledger.ts';
import { LEDGER_TABLE, VAULT_TABLE, WORK_TABLE } from '../../adapters/aws/table-keys.ts';
import { awsVault } from '../../adapters/aws/vault.ts';
import { awsWorkStore } from '../../adapters/aws/work-store.ts';
import { KeyDestroyed } from '../../adapters/ports.ts';
import { applicationIdentity, sealedEvidence } from '../../adapters/sealed-evidence.ts';
import { personKey } from '../../app/intake/person-key.ts';
import { forgetApplicants } from '../../app/retention/forget-applicants.ts';
import { keepRecords } from '../../app/retention/retention.ts';
import { verifyChain } from '../../domain/ledger/chain.ts';
import { keys } from '../../domain/projections/keys.ts';
import { localClient, startDynamoDb, startS3 } from '../support/aws-servers.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';
import { startKms } from '../support/loopback-kms.ts';
import { identityOf, submissionOf } from '../support/submissions.ts';
import { finish, walkToPolicy } from '../support/walk.ts';

describe('On DynamoDB and S3, who was forgotten', () => {
  const ID = 'application-0001';
  const PERSON = identityOf({ firstName: 'Xaviera', lastName: 'Quillfeather', ssn: '987654321' });
  let tables: Awaited<ReturnType<typeof startDynamoDb>>[];
  let s3: Awaited<ReturnType<typeof startS3>>;
  let kms: Awaited<ReturnType<typeof startKms>>;
  let local: EmbeddedPorts;
  let ports: EmbeddedPorts['ports'];
  beforeAll(async () => {
    const [ledger, work, vault] = await Promise.all([
      startDynamoDb('ledger', LEDGER_TABLE),
      startDynamoDb('work', WORK_TABLE),
      startDynamoDb('vault', VAULT_TABLE),
    ]);
    tables = [ledger, work, vault];
    s3 = await startS3('evidence');
    kms = await startKms();
    local = embeddedPorts();
    const aVault = awsVault({ ...vault, kms: kms.client, dataKeyId: 'data', indexKeyId: 'index' });
    ports = {
      ...local.ports,
      vault: aVault,
      identities: applicationIdentity(aVault),
      evidence: sealedEvidence(awsEvidenceStore(s3), aVault),
      ledger: awsLedger({ ...ledger, clock: local.ports.clock }),
      workStore: awsWorkStore(work),
    };
  });
  afterAll(async () => {
    local.close();
    await kms.close();
    await s3.close();
    await Promise.all(tables.map((table) => table.close()));
  });

  /** Every attribute of every item of every table, as text. */
  async function stored(): Promise<string> {
    const pages = await Promise.all(
      tables.map(({ client, tableName }) => client.send(new ScanCommand({ TableName: tableName }))),
    );
    return JSON.stringify(
      pages.flatMap(({ Items }) => Items ?? []),
      (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value),
    );
  }

  test('is in no table any more, and what is sealed opens no more', async () => {
    await finish(await walkToPolicy({ ...local, ports }, submissionOf({ applicant: PERSON })));
    await keepRecords(ports, ID);
    const { client, tableName } = tables[2]!;
    const [row] = (await client.send(new ScanCommand({ TableName: tableName }))).Items ?? [];
    const hex = (name: string) => Buffer.from(row?.[name] as Uint8Array).toString('hex');
    const secrets = [await personKey(ports.vault, PERSON.ssn), hex('wrappedKey'), hex('identity')];
    for (const secret of secrets) expect(await stored()).toContain(secret);

    local.ports.clock.set('2036-01-06T18:00:00.000Z');
    expect(await forgetApplicants(ports)({})).toMatchObject({ forgotten: [ID], failed: [] });

    const after = await stored();
    for (const secret of [...secrets, 'Quillfeather', '987654321']) expect(after).not.toContain(secret);
    const entries = await ports.ledger.read(ID);
    expect(verifyChain(ID, entries)).toEqual([]);
    expect(entries.at(-1)?.type).toBe('APPLICANT_FORGOTTEN');
    const [{ kind, address }] = entries[0]!.body['evidence'] as [{ kind: string; address: string }];
    await expect(ports.evidence.open(ID, kind, address)).rejects.toThrow(KeyDestroyed);
    expect((await ports.workStore.list(keys.person(secrets[0]!, ID).pk)).items).toEqual([]);
    expect((await ports.workStore.listIndex(keys.kept)).items).toEqual([]);
  });
});

describe('S3 Object Lock', () => {
  const OBJECT = { address: 'a'.repeat(64), versionId: 'v1' };
  const asked: string[] = [];
  let retention: string | null;
  let locks: ReturnType<typeof awsEvidenceLocks>;
  let close: () => Promise<void>;
  beforeAll(async () => {
    // No npm package has Object Lock: this answers as S3's REST API does, and keeps what was asked.
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const url = new URL(request.url ?? '', 'http://s3');
        const value = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(body)?.[1];
        const set = [value('Mode'), value('RetainUntilDate'), value('Status')].filter((each) => each !== undefined);
        const [what] = [...url.searchParams.keys()].filter((name) => name !== 'versionId' && name !== 'x-id');
        asked.push([request.method, url.pathname, what, url.searchParams.get('versionId'), ...set].join(' '));
        if (request.method === 'PUT') response.writeHead(200).end();
        else if (retention === null) {
          response.writeHead(404).end('<Error><Code>NoSuchObjectLockConfiguration</Code></Error>');
        } else {
          response
            .writeHead(200, { 'content-type': 'application/xml' })
            .end(`<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>${retention}</RetainUntilDate></Retention>`);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = new S3Client({ ...localClient(`http://127.0.0.1:${port}`), forcePathStyle: true, maxAttempts: 1 });
    locks = awsEvidenceLocks({ client, bucketName: 'evidence' });
    close = async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
  });
  afterAll(() => close());

  async function callsOf(act: () => Promise<unknown>): Promise<string[]> {
    asked.length = 0;
    await act();
    return asked.map((each) => each.replace(`/evidence/evidence/${OBJECT.address}`, 'OBJECT'));
  }

  test('is extended on the version that the ledger names, in the mode that it has, past the day’s end anywhere', async () => {
    retention = '2033-01-05T12:00:00Z';
    expect(await callsOf(() => locks.extend(OBJECT, '2036-01-05'))).toEqual([
      'GET OBJECT retention v1',
      'PUT OBJECT retention v1 COMPLIANCE 2036-01-06T12:00:00Z',
    ]);
  });

  test('is never asked to be shorter', async () => {
    retention = '2036-01-06T12:00:00Z';
    for (const until of ['2036-01-05', '2033-01-05']) {
      expect(await callsOf(() => locks.extend(OBJECT, until))).toEqual(['GET OBJECT retention v1']);
    }
    expect(await locks.lockedUntil(OBJECT)).toBe('2036-01-06');
  });

  test('is set where the bucket sets none by itself, and says so', async () => {
    retention = null;
    expect(await locks.lockedUntil(OBJECT)).toBeNull();
    expect(await callsOf(() => locks.extend(OBJECT, '2036-01-05'))).toContain(
      'PUT OBJECT retention v1 GOVERNANCE 2036-01-06T12:00:00Z',
    );
  });

  test('holds, and lets go', async () => {
    expect(await callsOf(() => locks.hold(OBJECT, true))).toEqual(['PUT OBJECT legal-hold v1 ON']);
    expect(await callsOf(() => locks.hold(OBJECT, false))).toEqual(['PUT OBJECT legal-hold v1 OFF']);
  });
});
