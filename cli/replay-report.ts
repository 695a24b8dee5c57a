import { csvLine } from '../documents/csv.ts';
import { figures, heading, paragraph, table } from '../documents/document.ts';
import { documentPage } from '../documents/html.ts';
import type { ReplayDifference } from '../domain/decision/replay.ts';

interface WithCore {
  readonly applicationId: string;
  readonly outcome: string;
  readonly decidedOn: string;
  /** SHA-256 of the core that made the decision again; its parts may name other ones. */
  readonly core: string;
  /** Whether it is the archived one that the decision names, and not this release's. */
  readonly archived: boolean;
}

/** UNDECIDED: there is nothing to replay. FORGOTTEN: the key is destroyed, so the inputs can never be read again. */
export type Replayed =
  | (WithCore & { readonly result: 'SAME' })
  | (WithCore & { readonly result: 'DIFFERS'; readonly differences: readonly ReplayDifference[] })
  | { readonly applicationId: string; readonly result: 'UNDECIDED' | 'FORGOTTEN' }
  | { readonly applicationId: string; readonly result: 'INPUT_DAMAGED'; readonly detail: string }
  | {
      readonly applicationId: string;
      readonly result: 'CORE_UNAVAILABLE';
      readonly core: string | null;
      readonly detail: string;
    };

const WORDS: Readonly<Record<ReplayDifference['differs'], string>> = {
  INPUT: 'what was sealed is not enough to make it again.',
  CORE: 'the same inputs, policy, model and runtime give something else',
  POLICY: 'the policy that it names is not in the decision core: replay with the release that has it.',
  MODEL: 'the model that it names is neither archived nor under models/, or cannot be opened: fetch that package.',
  RUNTIME: 'another version of the model’s runtime gives another score.',
};

export function isWrong({ result }: Replayed): boolean {
  return result === 'DIFFERS' || result === 'INPUT_DAMAGED' || result === 'CORE_UNAVAILABLE';
}

/** What is wrong with one replay, a sentence each: INPUT, CORE, POLICY, MODEL or RUNTIME, and the part. */
export function findingsOf(replayed: Replayed): { what: string; part: string; detail: string }[] {
  switch (replayed.result) {
    case 'INPUT_DAMAGED':
      return [{ what: 'INPUT', part: '', detail: replayed.detail }];
    case 'CORE_UNAVAILABLE':
      return [{ what: 'CORE', part: '', detail: replayed.detail }];
    case 'DIFFERS':
      return replayed.differences.map(({ part, differs, paths, because }) => {
        if (because !== undefined) return { what: differs, part, detail: `the core gave no value. ${because}` };
        const whose = replayed.archived
          ? 'the core that it names makes something else.'
          : 'this release decides otherwise.';
        const said = differs === 'CORE' ? `${WORDS.CORE}: ${whose}` : WORDS[differs];
        return { what: differs, part, detail: `${said}${paths.length > 0 ? ` (${paths.join(', ')})` : ''}` };
      });
    case 'SAME':
    case 'UNDECIDED':
    case 'FORGOTTEN':
      return [];
  }
}

export interface ReplaySummary {
  readonly same: number;
  readonly differ: number;
  readonly undecided: number;
  readonly forgotten: number;
  /** Which cores ran, and over how many decisions. */
  readonly cores: readonly { readonly core: string; readonly archived: boolean; readonly decisions: number }[];
}

export function summaryOf(replayed: readonly Replayed[]): ReplaySummary {
  const cores = new Map<string, { core: string; archived: boolean; decisions: number }>();
  for (const each of replayed) {
    if (each.result !== 'SAME' && each.result !== 'DIFFERS') continue;
    const { core, archived } = each;
    const key = `${core} ${archived}`;
    cores.set(key, { core, archived, decisions: (cores.get(key)?.decisions ?? 0) + 1 });
  }
  const count = (result: Replayed['result']) => replayed.filter((each) => each.result === result).length;
  return {
    same: count('SAME'),
    differ: replayed.filter(isWrong).length,
    undecided: count('UNDECIDED'),
    forgotten: count('FORGOTTEN'),
    cores: [...cores.values()],
  };
}

const COLUMNS = ['application', 'decided on', 'outcome', 'core', 'core is', 'result', 'what', 'part', 'detail'];

/** A row each finding; one for what has none. */
function rowsOf(replayed: readonly Replayed[]): string[][] {
  return replayed.flatMap((each) => {
    const { decidedOn, outcome, core, archived } = { decidedOn: '', outcome: '', core: '', archived: null, ...each };
    const whose = archived === null ? '' : archived ? 'archived' : 'this release';
    const common = [each.applicationId, decidedOn, outcome, core ?? '', whose, each.result];
    const findings = findingsOf(each);
    return findings.length === 0
      ? [[...common, '', '', '']]
      : findings.map(({ what, part, detail }) => [...common, what, part, detail]);
  });
}

export function replayCsv(replayed: readonly Replayed[]): string {
  return [COLUMNS, ...rowsOf(replayed)].map(csvLine).join('');
}

/** One page that loads nothing: the sums, the cores, and every decision that was not reproduced. */
export function replayPage(replayed: readonly Replayed[]): string {
  const { same, differ, undecided, forgotten, cores } = summaryOf(replayed);
  const wrong = rowsOf(replayed.filter(isWrong));
  return documentPage({
    title: 'Replay of decisions',
    blocks: [
      paragraph(`${same} reproduced byte by byte, ${differ} not; ${undecided} undecided, ${forgotten} forgotten.`),
      heading(2, 'Decision cores'),
      table(
        ['Core', 'Which', figures('Decisions')],
        cores.map(({ core, archived, decisions }) => [
          core,
          archived ? 'archived, named by the decisions' : 'of this release',
          String(decisions),
        ]),
      ),
      heading(2, 'Not reproduced'),
      wrong.length === 0 ? paragraph('None.') : table(COLUMNS, wrong),
    ],
  });
}
