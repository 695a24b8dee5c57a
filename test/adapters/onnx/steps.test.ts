import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { openSession } from '../../../adapters/onnx/session.ts';
import { stepsOf } from '../../../adapters/onnx/steps.ts';
import type { OpenModel } from '../../../adapters/ports.ts';
import { cellOf } from '../../../domain/scoring/candidates.ts';
import { modelPackage } from '../../../domain/scoring/model-package.ts';

const folder = join(import.meta.dirname, '../../../models/personal-loan-default/2.0.0');
const model = new Uint8Array(readFileSync(join(folder, 'model.onnx')));
const { verification, features } = modelPackage.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));

let session: OpenModel;
beforeAll(async () => {
  session = await openSession(model, features.length);
});

/** The model's text with one operator's name changed: a model that is not made of trees alone. */
function renamed(from: string, to: string): Uint8Array {
  return new Uint8Array(Buffer.from(Buffer.from(model).toString('latin1').replace(from, to), 'latin1'));
}

describe('the steps of a model of trees', () => {
  test('are where its margin changes: on both sides of each the margin can differ, and between two it never does', async () => {
    const steps = stepsOf(model, features.length)!;
    let moved = 0;
    for (const [column, { minimum, maximum }] of features.entries()) {
      const own = steps[column]!;
      const edges = [minimum, ...own.filter((step) => step > minimum && step < maximum), maximum];
      const rows = edges.flatMap((edge) => {
        const below = Math.fround(edge - Math.abs(edge) * 1e-7 - 1e-7);
        return [below, edge].map((value) =>
          verification.rows[0]!.map((kept, index) => (index === column ? value : kept)),
        );
      });
      const margins = await session.margins(
        Float32Array.from(rows.flat(), (value) => value ?? Number.NaN),
        0,
      );
      for (let edge = 1; edge < edges.length; edge += 1) {
        // From one edge to just below the next.
        if (cellOf(rows[2 * edge]![column]!, own) !== cellOf(edges[edge - 1]!, own)) continue;
        expect(margins[2 * edge]).toBe(margins[2 * edge - 1]);
      }
      for (let edge = 0; edge < edges.length; edge += 1) if (margins[2 * edge] !== margins[2 * edge + 1]) moved += 1;
    }
    expect(moved).toBeGreaterThan(20);
  });

  test('leave the margin the same for any two rows whose values lie between the same steps', async () => {
    const steps = stepsOf(model, features.length)!;
    const row = fc.tuple(
      ...features.map(({ minimum, maximum }) => fc.double({ min: minimum, max: maximum, noNaN: true })),
    );
    await fc.assert(
      fc.asyncProperty(row, row, async (one, other) => {
        // A value of the other row where it lies between the same steps.
        const mixed = one.map((value, column) =>
          cellOf(value, steps[column]!) === cellOf(other[column]!, steps[column]!) ? other[column]! : value,
        );
        const margins = await session.margins(Float32Array.from([...one, ...mixed]), 0);
        expect(margins[1]).toBe(margins[0]);
      }),
      { numRuns: 300 },
    );
  });

  test('are not known for another model, nor for bytes that are no model', () => {
    expect(stepsOf(renamed('Sigmoid', 'Softmax'), features.length)).toBeNull();
    expect(stepsOf(renamed('nodes_values', 'nodes_valued'), features.length)).toBeNull();
    for (const bytes of [new Uint8Array(), model.subarray(0, 1_000), new Uint8Array(64).fill(0xff)]) {
      expect(stepsOf(bytes, features.length)).toBeNull();
    }
  });
});
