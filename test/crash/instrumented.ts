/**
 * Stands in for adapters/compose/embedded.ts and local/functions.ts in the process that is killed: the same parts, which tell
 * where they are, and which can be told to break a promise.
 */
import { ServerResponse } from 'node:http';

import { composeEmbedded as compose, type Embedded, type EmbeddedOptions } from '../../adapters/compose/embedded.ts';
import type { GroupCommitDatabase } from '../../adapters/embedded/group-commit.ts';
import type { WorkItem, WorkStore } from '../../adapters/ports.ts';
import type { PullState } from '../../domain/projections/pulls.ts';
import { invokeFunction as invoke } from '../../local/functions.ts';
import { orders, reach } from './kill-points.ts';
import type { Phase } from './phases.ts';

export { embeddedFunctions } from '../../local/functions.ts';

export const invokeFunction: typeof invoke = async (...call) => {
  const answer = await invoke(...call);
  reach('handler returned');
  return answer;
};

const end = Reflect.get(ServerResponse.prototype, 'end') as (...call: unknown[]) => unknown;
ServerResponse.prototype.end = function (this: ServerResponse, ...rest: unknown[]) {
  Reflect.apply(end, this, rest);
  reach('replied');
  return this;
} as ServerResponse['end'];

export function composeEmbedded(folder: string, options?: EmbeddedOptions): Embedded {
  const embedded = compose(folder, options);
  const { ledger, evidence, bureau } = embedded;
  announceCommits(embedded.database);
  return {
    ...embedded,
    ledger: { ...ledger, append: (event) => after(ledger.append(event), 'ledger appended') },
    evidence: { ...evidence, seal: (...value) => after(evidence.seal(...value), 'evidence put') },
    workStore: announcePulls(orders.mutation === 'NO_CLAIM' ? withoutClaims(embedded.workStore) : embedded.workStore),
    bureau: {
      pull: (request) => after(bureau.pull(request), 'bureau answered'),
      posted: (request) => bureau.posted(request),
    },
  };
}

function after<T>(work: Promise<T>, phase: Phase): Promise<T> {
  return work.finally(() => reach(phase));
}

function announceCommits(database: GroupCommitDatabase): void {
  const writeNow = database.writeNow.bind(database);
  const committed = database.committed.bind(database);
  database.writeNow = (work) => {
    const result = writeNow(work);
    reach('written, not committed');
    return result;
  };
  database.committed =
    orders.mutation === 'REPLY_BEFORE_COMMIT'
      ? () => Promise.resolve()
      : async () => {
          const { commits } = database.statistics;
          await committed();
          if (database.statistics.commits > commits) reach('committed, nobody told');
        };
}

const PULL_PHASES: Readonly<Record<PullState['state'], Phase>> = {
  CLAIMED: 'pull claimed',
  SENT: 'pull marked sent',
  RECEIVED: 'pull received',
};

const isPull = ({ pk }: Pick<WorkItem, 'pk'>) => pk.startsWith('PULL#');

function announcePulls(workStore: WorkStore): WorkStore {
  const announce = (item: Omit<WorkItem, 'version'>) => {
    if (isPull(item)) reach(PULL_PHASES[(item.data as PullState).state]);
  };
  return {
    ...workStore,
    create: (item) => workStore.create(item).finally(() => announce(item)),
    replace: (item) => workStore.replace(item).finally(() => announce(item)),
  };
}

/** Every claim is granted anew and none is kept. */
function withoutClaims(workStore: WorkStore): WorkStore {
  return {
    ...workStore,
    create: async (item) => (isPull(item) ? { ...item, version: 1 } : workStore.create(item)),
    replace: async (item) => (isPull(item) ? { ...item, version: item.version + 1 } : workStore.replace(item)),
  };
}
