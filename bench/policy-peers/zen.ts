import { ASKING, DERIVED, LINE, RISK_RATES, RULES, STATE_CAPS, TABLES } from './expressions.ts';
import type { Peer, PeerAnswer } from './peer.ts';

interface Zen {
  readonly ZenEngine: new () => { createDecision(content: object): Decision };
  readonly ZenDecisionContent: new (content: object) => object;
}
interface Decision {
  evaluate(context: object): Promise<{ readonly result: unknown }>;
}
type Result = PeerAnswer['derived'] & PeerAnswer['tables'] & { outcome: PeerAnswer['outcome']; limit: number | null };

/**
 * GoRules zen with the policy as one compiled expression node, without trace: faster than the same policy as decision
 * tables, which cost a node each.
 * @returns undefined where the package is not installed: its platform packages are not in every registry, so that it
 * cannot stand in the lock file.
 */
export async function loadZen(): Promise<Peer | undefined> {
  const name = '@gorules/zen-engine';
  const zen = await import(name).then(
    (module: unknown) => module as Zen,
    () => undefined,
  );
  if (!zen) return undefined;
  const start = performance.now();
  const decision = new zen.ZenEngine().createDecision(new zen.ZenDecisionContent(graph()));
  return {
    load_ms: performance.now() - start,
    decide: async (applicant) => (await decision.evaluate(applicant)).result,
    answerOf: (decided) => {
      const result = decided as Result;
      const rules = decided as Readonly<Record<string, boolean | null>>;
      const pick = (names: readonly string[]) => Object.fromEntries(names.map((key) => [key, result[key] ?? null]));
      return {
        outcome: result.outcome,
        failed: RULES.map(({ id }) => id).filter((id) => rules[id] !== false),
        derived: pick(DERIVED.map(([key]) => key)),
        tables: pick(TABLES),
        limit: result.limit ?? null,
      };
    },
  };
}

function graph(): object {
  const expressions: [string, string][] = [
    ...DERIVED,
    ['apr', aprExpression()],
    ['line', lineExpression()],
    [
      'state_cap',
      Object.entries(STATE_CAPS).reduceRight(
        (rest, [state, cap]) => `(state == "${state}" ? ${cap} : ${rest})`,
        'null',
      ),
    ],
    ['limit', '$.line == null ? null : min([$.line, $.half_income * 12, 5000000])'],
    ...RULES.map(({ id, when }): [string, string] => [id, when]),
    ['outcome', outcomeExpression()],
  ];
  const content = { expressions: expressions.map(([key, value], id) => ({ id: String(id), key, value })) };
  const position = { x: 0, y: 0 };
  return {
    nodes: [
      { id: 'in', name: 'in', type: 'inputNode', content: {}, position },
      { id: 'policy', name: 'policy', type: 'expressionNode', content, position },
      { id: 'out', name: 'out', type: 'outputNode', content: {}, position },
    ],
    edges: [
      { id: 'a', sourceId: 'in', targetId: 'policy' },
      { id: 'b', sourceId: 'policy', targetId: 'out' },
    ],
  };
}

const cell = (value: string, cuts: readonly number[], cells: readonly string[]): string =>
  cuts.reduceRight((rest, cut, index) => `(${value} < ${cut} ? ${cells[index]} : ${rest})`, cells.at(-1) ?? 'null');

function aprExpression(): string {
  const rows = RISK_RATES.map((rates) => cell('term', [24, 37, 49], rates.map(String)));
  return `pd == null ? null : ${cell('pd', [150, 300, 500, 800], rows)}`;
}

function lineExpression(): string {
  const rows = LINE.map((amounts) => cell('$.dti', [2000, 3500, 4500], amounts.map(String)));
  return `fico == null or $.dti == null ? null : ${cell('fico', [600, 660, 720], rows)}`;
}

function outcomeExpression(): string {
  const fired = (action: string) =>
    RULES.filter((rule) => rule.action === action)
      .map(({ id }) => `$.${id} == true`)
      .join(' or ');
  const asked = ASKING.map((id) => `$.${id} == null`).join(' or ');
  const refer = `${fired('refer')} or ${asked} or $.apr == null or $.line == null`;
  return `${fired('hold')} ? "HOLD" : (${fired('decline')} ? "DECLINE" : (${refer} ? "REFER" : "APPROVE"))`;
}
