import { describe, expect, test } from '@jest/globals';

import type { JsonObject } from '../../../domain/json.ts';
import { loadStateMachine } from '../../../packages/asl-engine/machines.ts';
import { machineOf } from '../../local/support/world.ts';

const end = { End: true };
const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: { FunctionName: 'F' } };
const map = (processor: JsonObject, more: JsonObject = {}) => ({
  Type: 'Map',
  ItemProcessor: { StartAt: 'In', States: { In: { Type: 'Pass', ...end } }, ...processor },
  ...more,
  ...end,
});

describe('a state machine that cannot run here is refused by name', () => {
  const refusals: [string, JsonObject, JsonObject, string][] = [
    [
      'JSONPath',
      { A: { Type: 'Pass', ...end } },
      { QueryLanguage: 'JSONPath' },
      'QueryLanguage must be "JSONata": JSONPath is not implemented',
    ],
    [
      'a JSONPath field',
      { A: { Type: 'Pass', ResultPath: '$.x', ...end } },
      {},
      'state "A": ResultPath belongs to JSONPath',
    ],
    [
      'a JSONPath state',
      { A: { Type: 'Pass', QueryLanguage: 'JSONPath', ...end } },
      {},
      'state "A": QueryLanguage must be "JSONata": JSONPath is not implemented',
    ],
    ['an unknown field', { A: { Type: 'Pass', Result: 1, ...end } }, {}, 'state "A": Result is not implemented'],
    ['an unknown type', { A: { Type: 'Loop', ...end } }, {}, 'Type "Loop" is not implemented'],
    [
      'an unknown resource',
      { A: { ...task, Resource: 'arn:aws:states:::sqs:sendMessage', ...end } },
      {},
      'Resource "arn:aws:states:::sqs:sendMessage" is not implemented',
    ],
    [
      'an unknown argument',
      { A: { ...task, Arguments: { FunctionName: 'F', Qualifier: '1' }, ...end } },
      {},
      'Arguments/Qualifier is not implemented',
    ],
    [
      'a distributed map',
      { A: map({ ProcessorConfig: { Mode: 'DISTRIBUTED' } }) },
      {},
      'a distributed Map without ItemReader is not implemented',
    ],
    ['an ItemReader', { A: map({}, { ItemReader: {} }) }, {}, 'state "A": ItemReader is of a distributed Map only'],
    ['an unknown Next', { A: { Type: 'Pass', Next: 'B' } }, {}, 'Next names "B", which does not exist there'],
    [
      'a Next out of a branch',
      { A: map({ States: { In: { Type: 'Pass', Next: 'A' } } }) },
      {},
      'Next names "A", which does not exist there',
    ],
    [
      'an unreachable state',
      { A: { Type: 'Pass', ...end }, B: { Type: 'Pass', ...end } },
      {},
      'the state "B" cannot be reached',
    ],
    [
      'a name used twice',
      { A: map({ StartAt: 'A', States: { A: { Type: 'Pass', ...end } } }) },
      {},
      'the state name "A" is used twice',
    ],
    [
      'a wrong field of a choice',
      { A: { Type: 'Choice', Choices: [{ Condition: true, Next: 1 }, { Next: 'A' }] } },
      {},
      'state "A": Choices[0]/Next must be a string; state "A": Choices[1]/Condition is missing',
    ],
    ['Next and End', { A: { Type: 'Pass', Next: 'A', ...end } }, {}, 'needs one of Next and "End": true'],
    ['a wait for nothing', { A: { Type: 'Wait', ...end } }, {}, 'needs one of Seconds and Timestamp'],
    [
      'States.ALL not alone',
      { A: { ...task, Retry: [{ ErrorEquals: ['States.ALL', 'B'] }], ...end } },
      {},
      'States.ALL must be alone',
    ],
    [
      'States.ALL not last',
      { A: { ...task, Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['B'] }], ...end } },
      {},
      'States.ALL must be alone',
    ],
    [
      'a backoff below 1',
      { A: { ...task, Retry: [{ ErrorEquals: ['B'], BackoffRate: 0.5 }], ...end } },
      {},
      'state "A": Retry[0]/BackoffRate must be a number of at least 1',
    ],
    [
      'a longest pause no longer than the first',
      { A: { ...task, Retry: [{ ErrorEquals: ['B'], IntervalSeconds: 5, MaxDelaySeconds: 5 }], ...end } },
      {},
      'state "A": Retry[0]/MaxDelaySeconds must be more than IntervalSeconds',
    ],
    [
      'a heartbeat nobody sends',
      { A: { ...task, HeartbeatSeconds: 5, ...end } },
      {},
      'HeartbeatSeconds is not implemented without a task token',
    ],
    [
      'what is no JSONata',
      { A: { Type: 'Pass', Output: '{% $states. %}', ...end } },
      {},
      "The field 'Output' is no JSONata",
    ],
    ['$eval', { A: { Type: 'Pass', Output: '{% $eval("1") %}', ...end } }, {}, '$eval'],
    ['an undefined variable', { A: { Type: 'Pass', Output: '{% $nobody %}', ...end } }, {}, '$nobody is no variable'],
    [
      '$states.result in Arguments',
      { A: { ...task, Arguments: { FunctionName: '{% $states.result %}' }, ...end } },
      {},
      '$states.result does not exist in this field',
    ],
    [
      '$states.errorOutput outside Catch',
      { A: { ...task, Output: '{% $states.errorOutput %}', ...end } },
      {},
      '$states.errorOutput does not exist in this field',
    ],
    [
      'an outer variable assigned within',
      {
        A: { Type: 'Pass', Assign: { x: 1 }, Next: 'B' },
        B: map({ States: { In: { Type: 'Pass', Assign: { x: 2 }, ...end } } }),
      },
      {},
      '$x is a variable of an outer level and cannot be assigned here',
    ],
  ];
  const output = (text: string) => ({ A: { Type: 'Pass', Output: `{% ${text} %}`, ...end } });
  const bare: [string, string][] = [
    ['phone', 'phone'],
    ['phone.number', 'phone'],
    ['$', '$'],
    ['$$', '$$'],
    ['$states.input.xs[$$.a = 1]', '$$'],
    ['*', '*'],
    ['**.a', '**'],
    ['{"a": b}', 'b'],
    ['{a: 1}', 'a'],
    ['$map([1], function($v) { $v + amount })', 'amount'],
    ['amount > 1 ? 2 : 3', 'amount'],
    ['($x := amount; $x)', 'amount'],
    ['[1, amount]', 'amount'],
    ['amount ~> $sum()', 'amount'],
  ];
  test.each(bare)('an expression that refers to a document it has not: %s', (text, name) => {
    const message = `state "A", Output: ${name} refers to a document that no expression has`;
    expect(() => loadStateMachine(machineOf(output(text)))).toThrow(message);
  });

  test.each([
    '$states.input.xs[a = 1 and $.b = 2]',
    '$states.input.xs.(a + b)',
    '$states.input.xs{k: $sum(v)}',
    '$states.input.xs^(>a, b).c',
    '$states.input ~> |xs|{"b": c}, ["d"]|',
    '$states.input.*',
    '$states.input.**.a',
    '$states.input.xs.ys.%.a',
    '$states.input.xs@$x.ys@$y[$x.id = $y.id].{"a": $x.id}',
    '$map($states.input.xs, function($v) { $v.a })',
    '$states.input."a b"',
  ])('an expression may refer to the items of a value: %s', (text) => {
    expect(() => loadStateMachine(machineOf(output(text)))).not.toThrow();
  });

  test.each<[string, JsonObject]>([
    ['a machine', { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } }],
    ['a machine of one state', { A: { Type: 'Wait', Seconds: 1, Next: 'A' } }],
    ['a processor', { A: map({ States: { In: { Type: 'Pass', Next: 'In' } } }) }],
    [
      'a branch',
      { A: { Type: 'Parallel', Branches: [{ StartAt: 'In', States: { In: { Type: 'Pass', Next: 'In' } } }], ...end } },
    ],
  ])('%s without an end', (_, states) => {
    expect(() => loadStateMachine(machineOf(states))).toThrow('no state ends the workflow');
  });

  test.each(refusals)('%s', (_, states, more, message) => {
    expect(() => loadStateMachine(machineOf(states, more))).toThrow(message);
    expect(() => loadStateMachine(machineOf(states, more))).toThrow(
      expect.objectContaining({ name: 'StateMachineRefused' }),
    );
  });

  test('every fault is said at once', () => {
    const definition = machineOf({ A: { Type: 'Wait', Next: 'B' }, C: { Type: 'Pass', Result: 1, ...end } });
    const load = () => loadStateMachine(definition);
    expect(load).toThrow('needs one of Seconds and Timestamp');
    expect(load).toThrow('Next names "B"');
    expect(load).toThrow('Result is not implemented');
    expect(load).toThrow('the state "C" cannot be reached');
  });

  test('variables of functions, blocks, filters and bindings within an expression are its own', () => {
    const expression = `{% (
      $double := function($n) { $n * 2 };
      $fact := function($n) { $n < 2 ? 1 : $n * $fact($n - 1) };
      $total := $sum($map($states.input.xs, $double));
      { "all": $states.input.xs#$i.{ "i": $i, "x": $ }, "big": $states.input.xs[$ > $total], "fact": $fact(4) }
    ) %}`;
    const definition = machineOf({ A: { Type: 'Pass', Output: expression, ...end } });
    expect(loadStateMachine(definition)).toBe(definition);
  });
});

describe('substitutions', () => {
  const definition = machineOf({ A: { Type: 'Task', Resource: '${Arn}', ...end } });

  test('replace what they name', () => {
    expect(loadStateMachine(definition, { Arn: 'arn:aws:lambda:local:0:function:F' })).toContain('function:F');
  });

  test('are refused when a placeholder has no value or a value no placeholder', () => {
    expect(() => loadStateMachine(definition, {})).toThrow('no value was given for ${Arn}');
    expect(() => loadStateMachine(definition, { Arn: 'x', More: 'y' })).toThrow('${More} is not used');
  });
});
