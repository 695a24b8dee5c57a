import { callQueue, deadLetters, redrivable } from '../adapters/compose/aws.ts';
import { contract, redriveDeadLetters } from '../app/operations/redrive-dead-letters.ts';
import { entry } from './entry.ts';

export const handler = entry('RedriveDeadLetters', contract, redriveDeadLetters, {
  deadLetters,
  callQueue,
  redrivable,
});
