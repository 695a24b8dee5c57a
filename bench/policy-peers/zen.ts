import { createRequire } from 'node:module';
import { join } from 'node:path';

import type { Policy, Value } from '@underwright/policy-compiler';

import { fetchPackage, PackageNotFetched } from '../../scripts/fetch-package.ts';
import { ASKING, DERIVED, LINE, RISK_RATES, RULES, STATE_CAPS, TABLES } from './expressions.ts';
import type { Applicant } from './handwritten.ts';
import type { Peer, PeerAnswer } from './peer.ts';

/** The newest that npm has of the engine itself; its JavaScript wrapper only picks the platform. */
export const ZEN_VERSION = '2.0.2';
const PLATFORMS: Readonly<Record<string, string>> = {
  'linux x64': 'linux-x64-gnu',
  'linux arm64': 'linux-arm64-gnu',
  'darwin x64': 'darwin-x64',
  'darwin arm64': 'darwin-arm64',
};
const KEY = 'policy';

interface Zen {
  readonly ZenEngine: new (options: { loader: { type: 'static'; content: Record<string, object> } }) => Engine;
  readonly Workspace: new () => Workspace;
}
interface Engine {
  evaluate(key: string, context: object): Promise<{ readonly result: unknown }>;
  evaluateBatch(
    requests: readonly { key: string; context: object }[],
  ): Promise<readonly { data: { result: unknown } }[]>;
  compileFailures(): readonly unknown[];
}
interface Workspace {
  setPolicy(path: string, document: object): void;
  diagnostics(path: string): readonly { severity: string; message: string }[];
  evaluate(request: { policyPath: string; input: object; trace: boolean }): { readonly output?: unknown };
}
type Result = PeerAnswer['derived'] & PeerAnswer['tables'] & { outcome: PeerAnswer['outcome']; limit: number | null };

/**
 * GoRules zen in each of its ways to decide, without trace: a graph of one compiled expression node, which is faster than
 * the same policy as decision tables, by the engine's own threads; a typed policy document the same way; and the
 * document in a workspace, which decides in the calling thread.
 * @returns none where npm has no engine for this platform.
 */
export function loadZen(policy: Policy): Readonly<Record<string, Peer>> {
  const zen = fetchZen();
  if (!zen) return {};
  return {
    zen_graph: engine(zen, graph()),
    zen_policy: engine(zen, policyDocument(policy)),
    zen_policy_sync: workspace(zen, policyDocument(policy)),
  };
}

function fetchZen(): Zen | undefined {
  const platform = PLATFORMS[`${process.platform} ${process.arch}`];
  try {
    if (platform === undefined) throw new PackageNotFetched(`There is none for ${process.platform} ${process.arch}.`);
    const folder = fetchPackage(`@gorules/zen-engine-${platform}`, ZEN_VERSION);
    return createRequire(join(folder, 'package.json'))(folder) as Zen;
  } catch (error) {
    if (!(error instanceof PackageNotFetched)) throw error;
    console.error(`GoRules zen is not measured. ${error.message}`);
    return undefined;
  }
}

function engine({ ZenEngine }: Zen, content: object): Peer {
  const start = performance.now();
  const loaded = new ZenEngine({ loader: { type: 'static', content: { [KEY]: content } } });
  const failures = loaded.compileFailures();
  if (failures.length > 0) throw new SyntaxError(`zen refuses the policy: ${JSON.stringify(failures)}`);
  return {
    load_ms: performance.now() - start,
    decide: async (applicant: Applicant) => (await loaded.evaluate(KEY, applicant)).result,
    decideMany: async (applicants) => {
      const answers = await loaded.evaluateBatch(applicants.map((context) => ({ key: KEY, context })));
      return answers.map(({ data }) => data.result);
    },
    answerOf,
  };
}

function workspace({ Workspace }: Zen, document: object): Peer {
  const start = performance.now();
  const loaded = new Workspace();
  loaded.setPolicy(KEY, document);
  const fault = loaded.diagnostics(KEY).find(({ severity }) => severity === 'error');
  if (fault) throw new SyntaxError(`zen refuses the policy: ${fault.message}`);
  return {
    load_ms: performance.now() - start,
    decide: (applicant) => loaded.evaluate({ policyPath: KEY, input: applicant, trace: false }).output,
    answerOf,
  };
}

function answerOf(decided: unknown): PeerAnswer {
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
}

function expressions(): [string, string][] {
  return [
    ...DERIVED,
    ['apr', aprExpression()],
    ['line', lineExpression()],
    [
      'state_cap',
      Object.entries(STATE_CAPS).reduceRight((rest, [state, cap]) => `(state == "${state}" ? ${cap} : ${rest})`, '0'),
    ],
    ['limit', '$.line == null ? null : min([$.line, $.half_income * 12, 5000000])'],
    ...RULES.map(({ id, when }): [string, string] => [id, when]),
    ['outcome', outcomeExpression()],
  ];
}

function graph(): object {
  const content = { expressions: expressions().map(([key, value], id) => ({ id: String(id), key, value })) };
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

/** Its type checker does not see that a value was compared with null, so what is compared further gets a default. */
function policyDocument({ inputs, values }: Policy): object {
  const nullable = [...values.values()].filter(({ type }) => type.nullable);
  const typed = (expression: string): string =>
    nullable.reduce(
      (text, { name, type }) => {
        const uses = new RegExp(`\\b${name}\\b(?! [!=]= null)`, 'g');
        return text.replaceAll(uses, `(${name} ?? ${type.kind === 'date' ? '"2000-01-01"' : 0})`);
      },
      expression.replaceAll('$.', ''),
    );
  const properties = inputs.map(({ name, type }, id) => {
    return { id: `p${id}`, name, type: typeOf(type), array: false, optional: type.nullable };
  });
  const model = { id: 'model', type: 'dataModel', props: { data: { name: '', scope: 'global', properties } } };
  const blocks = expressions().map(([key, value], id) => {
    return { id: String(id), type: 'expression', props: { data: { key, value: typed(value) } } };
  });
  return { blocks: [model, ...blocks] };
}

function typeOf({ kind, labels }: Value['type']): string {
  if (kind === 'boolean') return 'boolean';
  return labels.length > 0 || kind === 'date' ? 'string' : 'number';
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
