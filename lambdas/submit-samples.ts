import { clock, functions, lending, measure, samples, wait, workStore } from '../adapters/compose/aws.ts';
import { contract, submitSamples } from '../app/operations/submit-samples.ts';
import { entry } from './entry.ts';

export const handler = entry('SubmitSamples', contract, submitSamples, {
  samples,
  functions,
  workStore,
  clock,
  wait,
  measure,
  lending,
});
