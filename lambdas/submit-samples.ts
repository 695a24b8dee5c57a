import * as compose from '../adapters/compose/aws.ts';
import { submitSamples } from '../app/operations/submit-samples.ts';
import { lambdaHandler } from './handler.ts';

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
