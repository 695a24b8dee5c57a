import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';

import { awsLedger } from '../../adapters/aws/ledger.ts';
import { applicationKey, LEDGER_TABLE } from '../../adapters/aws/table-keys.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { ledgerEvent } from '../../domain/ledger/events.ts';
import { verifyLedgerTable } from '../../scripts/verify-ledger-table.ts';
import { startDynamoDb } from '../support/aws-servers.ts';

let server: Awaited<ReturnType<typeof startDynamoDb>>;
beforeAll(async () => {
  server = await startDynamoDb('restored', LEDGER_TABLE);
  const ledger = awsLedger({ ...server, clock: systemClock });
  for (const applicationId of ['application-0001', 'application-0002'])
    for (const number of [1, 2, 3])
      await ledger.append(
        ledgerEvent({
          id: `${applicationId}/${number}`,
          applicationId,
          type: 'EVIDENCE_EXPORTED',
          occurredAt: '2026-01-05T12:00:00.000Z',
          actor: 'r.vega',
          body: { purpose: `export ${number}`, withIdentity: false },
        }),
      );
});
afterAll(() => server.close());

const keyOf = (applicationId: string, sequence: number) => ({
  TableName: 'restored',
  Key: { pk: applicationKey(applicationId), sk: sequence },
});

test('A restored table whose chains hold has no fault', async () => {
  const verified = await verifyLedgerTable(server.client, 'restored');
  expect(verified).toEqual({ applications: 2, entries: 6, faults: [] });
});

test('An entry that was changed, one that is missing and one that is none are each named', async () => {
  const { Item } = await server.client.send(new GetCommand(keyOf('application-0001', 1)));
  const entry = String(Item?.['entry']).replace('export 2', 'export 9');
  await server.client.send(new PutCommand({ TableName: 'restored', Item: { ...Item, entry } }));
  await server.client.send(new DeleteCommand(keyOf('application-0002', 1)));
  await server.client.send(
    new PutCommand({ TableName: 'restored', Item: { pk: applicationKey('application-0003'), sk: 0, entry: '{}' } }),
  );
  const { faults } = await verifyLedgerTable(server.client, 'restored');
  expect(faults).toContain('application-0001 entry 1: CHANGED_ENTRY');
  expect(faults).toContain('application-0002 entry 2: SEQUENCE_GAP');
  expect(faults).toContain('application-0003 entry 0: ENTRY_UNREADABLE');
});
