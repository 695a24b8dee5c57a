import * as compose from '../adapters/compose/aws.ts';
import { lambdaHandler } from './handler.ts';
import { submitSamples } from '../app/operations/submit-samples.ts';

export const handler = lambdaHandler(
  'SubmitSamples',
  submitSamples({
    samples: compose.samples,
    functions: compose.functions(),
    intake: compose.intakeName(),
    workStore: compose.workStore(),
    clock: compose.clock(),
    wait: compose.wait,
    measure: compose.measure(),
  }),
);
