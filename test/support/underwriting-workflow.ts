import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { StateMachine } from './workflow-checks.ts';

export const underwritingText = readFileSync(
  join(import.meta.dirname, '../../statemachines/underwriting.asl.json'),
  'utf8',
);
export const underwriting = JSON.parse(underwritingText) as StateMachine;
