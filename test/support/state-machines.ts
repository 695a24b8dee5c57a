import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { StateMachine } from './workflow-checks.ts';

const definitionOf = (name: string) =>
  readFileSync(join(import.meta.dirname, `../../statemachines/${name}.asl.json`), 'utf8');

export const underwritingText = definitionOf('underwriting');
export const underwriting = JSON.parse(underwritingText) as StateMachine;
export const batchText = definitionOf('batch');
export const batchMachine = JSON.parse(batchText) as StateMachine;
