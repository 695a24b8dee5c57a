import { writeFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';

export type Profile = Profiler.Profile;

const PARTS = ['jsonata', 'storage', 'engine', 'handlers'] as const;
export type Part = (typeof PARTS)[number] | 'other';

/** What a source file is counted as; the libraries that only handlers use are theirs. */
const FILES: readonly (readonly [RegExp, Part])[] = [
  [/\/node_modules\/jsonata\/|\/packages\/asl-engine\/expressions\.ts$/, 'jsonata'],
  [/\/adapters\/embedded\/|\/packages\/asl-engine\/store\.ts$/, 'storage'],
  [/\/packages\/asl-engine\//, 'engine'],
  [/\/(lambdas|domain|adapters)\/|\/local\/functions\.ts$/, 'handlers'],
  [/\/node_modules\/(zod|@middy|@aws-lambda-powertools|canonicalize|onnxruntime)/, 'handlers'],
];

/**
 * Shares of the time that the processor worked, by the innermost frame that belongs to a part: what a part calls in Node
 * or a library is its own. `other` is the garbage collector, the runtime between calls, and the benchmark itself.
 *
 * UNDERWRIGHT_CPU_PROFILE names a file to keep the profile in, for a look at single functions.
 */
export function cpuShares(profile: Profile): Record<Part, number> {
  const keep = process.env['UNDERWRIGHT_CPU_PROFILE'];
  if (keep) writeFileSync(keep, JSON.stringify(profile));
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const partOf = (id: number): Part => {
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const url = nodes.get(at)?.callFrame.url ?? '';
      const found = FILES.find(([file]) => file.test(url));
      if (found) return found[1];
    }
    return 'other';
  };
  const time: Record<Part, number> = { jsonata: 0, storage: 0, engine: 0, handlers: 0, other: 0 };
  let total = 0;
  for (const [index, id] of (profile.samples ?? []).entries()) {
    if (nodes.get(id)?.callFrame.functionName === '(idle)') continue;
    const spent = profile.timeDeltas?.[index] ?? 0;
    time[partOf(id)] += spent;
    total += spent;
  }
  return Object.fromEntries([...PARTS, 'other' as const].map((part) => [part, time[part] / total])) as Record<
    Part,
    number
  >;
}
