import { afterEach, describe, expect, test } from '@jest/globals';

import type { Json, JsonObject } from '../../../domain/json.ts';
import { Expressions } from '../../../packages/asl-engine/expressions.ts';
import { executionArn, MACHINE, openWorld, temporaryFolder, type World } from '../../local/support/world.ts';

const expressions = new Expressions({ now: () => new Date(), random: () => 0.25 });
const evaluate = async (text: string, input: Json = {}) =>
  expressions.compile(`{% ${text} %}`, 'Output').evaluate({ states: { input } });
const recursion = (calls: number) => `($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(${calls}))`;
const doubled = (times: number) => `$length($reduce([1..${times}], function($s, $_) { $s & $s }, "x"))`;

describe('an expression', () => {
  // Measured on AWS in us-east-1: the first of each pair passes there, and the second does not.
  test.each<[string, string, Json, string, string]>([
    ['terms', Array(100).fill('1').join('+'), 100, Array(101).fill('1').join('+'), 'more than 100 levels deep'],
    ['calls', recursion(31), 31, recursion(32), 'more than 100 levels deep'],
    ['numbers', '$count([1..873782])', 873_782, '$count([1..873783])', 'needs more than 10 MiB'],
    ['characters', doubled(22), 4_194_304, doubled(23), 'needs more than 10 MiB'],
  ])('has at most as many %s as on AWS', async (_, passes, value, fails, fault) => {
    expect(await evaluate(passes)).toBe(value);
    await expect(evaluate(fails)).rejects.toThrow(fault);
  });

  test.each<[string, string, string | RegExp]>([
    ['a loop by a tail call', '($f := function($n) { $f($n + 1) }; $f(1))', 'It takes more than 2 s'],
    [
      'a loop of two functions',
      '($f := function($n) { $g($n) }; $g := function($n) { $f($n) }; $f(1))',
      'It takes more than 2 s',
    ],
    ['a regular expression that tries all ways', '$match($states.input, /(a+)+$/)', 'takes more than 0.2 s'],
    ['a list that is doubled', '$reduce([1..40], function($a, $_) { [$a, $a] }, [1])', 'more than 10 MiB'],
    ['an object that is doubled', '$string($reduce([1..40], function($a, $_) {{"x": $a, "y": $a}}, {}))', '10 MiB'],
    ['lists of lists', '$map([1..300000], function($_) { [1..300000] })', /too much memory|more than 2 s/],
    ['a long pad', '$pad("x", 1000000000)', 'more than 10 MiB'],
    ['a long range', '$range(1, 1000000000, 1)', 'more than 10 MiB'],
  ])('that is %s ends with an error, and timers run on', async (_, text, fault) => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 20);
    const began = performance.now();
    await expect(evaluate(text, `${'a'.repeat(40)}b`)).rejects.toThrow(fault);
    clearInterval(timer);
    const busy = performance.now() - began;
    if (busy > 1_000) expect(turns).toBeGreaterThan(5);
  });

  test('sorts and separates long lists without comparing each with each', async () => {
    expect(await evaluate('$count($distinct([1..200000]))')).toBe(200_000);
    expect(await evaluate('$sort($map([1..50000], function($n) { 0 - $n }))[0]')).toBe(-50_000);
    expect(await evaluate('$sort(["b", "a", "B"])')).toEqual(['B', 'a', 'b']);
    expect(await evaluate('$distinct([{"a": 1, "b": 2}, {"b": 2, "a": 1}, 1, "1", null, 1])')).toEqual([
      { a: 1, b: 2 },
      1,
      '1',
      null,
    ]);
  });

  test('gives the same within its bounds, where JSONata evaluates parts at the same time', async () => {
    const input = { xs: [1, 2, 3].map((v) => ({ k: v % 2 === 0 ? 'even' : 'odd', v })) };
    expect(await evaluate('$states.input.xs{k: $sum(v.($ * 2))}', input)).toEqual({ odd: 8, even: 4 });
    expect(await evaluate('($f := function($n) { [$n, [$n > 0 ? $f($n - 1)]] }; $f(2))')).toEqual([2, [1, [0, []]]]);
    const wide = `[${Array.from({ length: 150 }, (_, i) => `$f(${i})`).join()}]`;
    expect(await evaluate(`($f := function($n) { {"a": $n, "b": [$n, -$n]} }; $count(${wide}))`)).toBe(150);
  });

  test('finds the matches of a regular expression as JSONata does', async () => {
    expect(await evaluate('$match("a1b22", /[0-9]+/)')).toEqual([
      { match: '1', index: 1, groups: [] },
      { match: '22', index: 3, groups: [] },
    ]);
    expect(await evaluate('$replace("abcabc", /b(c)/, "<$1>")')).toBe('a<c>a<c>');
    expect(await evaluate('$split("a1b22c", /[0-9]+/)')).toEqual(['a', 'b', 'c']);
    expect(await evaluate('[$contains("abc", /B/i), $contains("abc", /^b/)]')).toEqual([true, false]);
  });
});

describe('an execution whose expression has no end', () => {
  const worlds: World[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.destroy();
  });
  const open = (states: JsonObject, folder?: string): World => {
    const world = openWorld({ states, ...(folder && { folder }) });
    worlds.push(world);
    return world;
  };
  const ENDLESS = '{% ($f := function($n) { $f($n + 1) }; $f(1)) %}';
  const STATES: JsonObject = {
    Which: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.ends %}', Next: 'Ends' }], Default: 'Call' },
    Call: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: 'f', Payload: ENDLESS },
      Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Ends' }],
      End: true,
    },
    Ends: { Type: 'Pass', Output: 'ended', End: true },
  };
  const describeIt = ({ engine }: World, name: string) =>
    engine.describeExecution({ executionArn: executionArn(name) });

  test('takes its Catch, and others end meanwhile', async () => {
    const world = open(STATES);
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'endless', input: '{"ends":false}' });
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'other', input: '{"ends":true}' });
    while ((await describeIt(world, 'other')).status === 'RUNNING') await new Promise((next) => setImmediate(next));
    expect((await describeIt(world, 'endless')).status).toBe('RUNNING');
    await world.engine.drain();
    expect(await describeIt(world, 'endless')).toMatchObject({ status: 'SUCCEEDED', output: '"ended"' });
  });

  test('does not hold the engine that resumes it', async () => {
    const folder = temporaryFolder();
    const first = openWorld({ states: STATES, folder });
    await first.engine.startExecution({ stateMachineArn: MACHINE, name: 'endless', input: '{"ends":false}' });
    await first.stop();
    const world = open(STATES, folder);
    await world.engine.startExecution({ stateMachineArn: MACHINE, name: 'other', input: '{"ends":true}' });
    await world.engine.drain();
    expect(await describeIt(world, 'other')).toMatchObject({ status: 'SUCCEEDED' });
    expect(await describeIt(world, 'endless')).toMatchObject({ status: 'SUCCEEDED', output: '"ended"' });
  });
});
