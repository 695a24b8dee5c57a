import { deadLetters, functions, redrivable } from '../adapters/compose/aws.ts';
import { redriveDeadLetters } from '../app/operations/redrive-dead-letters.ts';
import { lambdaHandler } from './handler.ts';

export const handler = lambdaHandler(
  'RedriveDeadLetters',
  redriveDeadLetters({ deadLetters: deadLetters(), functions: functions(), redrivable: redrivable() }),
);
