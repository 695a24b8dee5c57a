import { join } from 'node:path';

import { bureauGateway } from '../../../adapters/bureaus/gateway/gateway.ts';
import { iamSignature } from '../../../adapters/bureaus/gateway/iam-signature.ts';
import { fileLog, readPullLog } from '../../../adapters/bureaus/simulator/pull-log.ts';
import { simulatedBureau } from '../../../adapters/bureaus/simulator/simulator.ts';
import { systemClock } from '../../../adapters/system-clock.ts';
import { contract, simulatedBureau as simulatedBureauGateway } from '../../../app/operations/simulated-bureau.ts';
import { lambdaHandler } from '../../../lambdas/handler.ts';
import { describeBureauContract } from '../../contracts/bureau.ts';
import { temporaryDataFolder } from '../../support/data-folder.ts';
import { startFunctionUrl } from '../../support/function-url.ts';

const TIMEOUT_MS = 300;

/** The simulator with its log; a late answer comes once `wait` is over. */
function simulator(wait: (milliseconds: number) => Promise<unknown>) {
  const data = temporaryDataFolder();
  const file = join(data.folder, 'pulls.jsonl');
  return {
    bureau: simulatedBureau({ log: fileLog(file, systemClock), wait, timeoutMs: TIMEOUT_MS }),
    pulls: () => readPullLog(file),
    close: async () => data.remove(),
  };
}

describeBureauContract('In the process', async () => simulator(async () => {}));

describeBureauContract('Behind a function URL', async () => {
  // The simulator answers late only when its caller has hung up.
  const { bureau, pulls, close } = simulator(() => new Promise(() => {}));
  const server = await startFunctionUrl(lambdaHandler(contract, simulatedBureauGateway({ simulator: bureau })));
  const keys = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  return {
    bureau: bureauGateway({ url: server.url, sign: iamSignature(keys), timeoutMs: TIMEOUT_MS }),
    pulls,
    async close() {
      await server.close();
      await close();
    },
  };
});
