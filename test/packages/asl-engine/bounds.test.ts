import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterEach, describe, expect, test } from '@jest/globals';

import type { Json, JsonObject } from '../../../domain/json.ts';
import { Expressions } from '../../../packages/asl-engine/expressions.ts';
import { executionArn, MACHINE, openWorld, temporaryFolder, type World } from '../../local/support/world.ts';

const expressions = new Expressions({ now: () => new Date(), random: () => 0.25 });
const evaluate = async (text: string, input: Json = {}) =>
  expressions.compile(`{% ${text} %}`, 'Output').evaluate({ states: { input } });
const recursion = (calls: number) => `($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(${calls}))`;
const doubled = (times: number) => `$length($reduce([1..${times}], function($s, $_) { $s & $s }, "x"))`;

/** Evaluates a regular expression until the process is told to end. */
const LOOP = `
  import { Expressions } from './packages/asl-engine/expressions.ts';
  const expressions = new Expressions({ now: () => new Date(), random: () => 0 });
  const template = expressions.compile('{% $contains($states.input, /^[0-9a-f]{64}$/) %}', 'Output');
  let [evaluated, failed, goes] = [0, 0, true];
  process.on('SIGTERM', () => { goes = false; });
  console.log('begun');
  while (goes) {
    await template.evaluate({ states: { input: 'a'.repeat(64) } }).catch(() => { failed += 1; });
    evaluated += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  console.log(evaluated + ' evaluated, ' + failed + ' failed');`;

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
    ['lists of a partial function', '$map([1..2000], $append([1..800000], ?))', /too much memory|more than 2 s/],
    ['a list that a function of JSONata lengthens', '$reduce([1..60000], $append)', /too much memory|more than 2 s/],
    ['lists that a path joins', '($b := [1..800000]; $a := [1..10000]; $a.$b)', 'too much memory'],
    ['a timestamp that a picture divides', `$toMillis("${'1'.repeat(60)}x", "[Y][M][D][d][H][h][m]")`, 'separators'],
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

  test('may call functions of JSONata by name, in part and in chains', async () => {
    expect(await evaluate('$map([1, 2], $power(?, 2))')).toEqual([1, 4]);
    expect(await evaluate('$map([1, 2], $string) ~> $join("-")')).toBe('1-2');
    expect(await evaluate('$substringBefore(?, "-")("a-b")')).toBe('a');
    expect(await evaluate('$map([5, 6], function($v, $i, $a) { [$v, $i, $count($a)] })')).toEqual([
      [5, 0, 2],
      [6, 1, 2],
    ]);
    expect(await evaluate('$states.input.a.$uppercase()', { a: ['x', 'y'] })).toEqual(['X', 'Y']);
  });

  test('finds many matches of a regular expression', async () => {
    expect(await evaluate('$count($match($states.input, /a/))', 'a'.repeat(60_000))).toBe(60_000);
    expect(await evaluate('$length($replace($states.input, /a/, "bb"))', 'a'.repeat(60_000))).toBe(120_000);
  });

  test('is not refused because its process was stopped for a while', async () => {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', LOOP],
      {
        cwd: join(import.meta.dirname, '../../..'),
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = Promise.all([text(child.stdout), once(child, 'close')]);
    await once(child.stdout, 'readable');
    for (let pause = 0; pause < 6; pause += 1) {
      child.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 250));
      child.kill('SIGCONT');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    child.kill('SIGTERM');
    const [out] = await ended;
    expect(out).toMatch(/^begun\n[1-9]\d* evaluated, 0 failed\n$/);
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
