import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { parser } from '@aws-lambda-powertools/parser/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';

import { CONTRACTS, WAITING_FUNCTIONS, type FunctionName, type InputOf, type OutputOf } from './contracts.ts';

type Waiting = (typeof WAITING_FUNCTIONS)[number];
export type StepOf<Name extends FunctionName> = (
  input: InputOf<Name>,
) => Promise<Name extends Waiting ? void : OutputOf<Name>>;
export type LambdaHandler = (event: unknown, context: Context) => Promise<unknown>;

/**
 * Makes a step invocable as a Lambda function: its input and output are held to its contract.
 *
 * The same handler runs in AWS and in the embedded engine.
 */
export function lambdaHandler<Name extends FunctionName>(name: Name, step: StepOf<Name>): LambdaHandler {
  const contract = CONTRACTS[name];
  // What is logged is a function's name and the names of errors: never an event or a message, which may be personal.
  const logger = new Logger({ serviceName: 'underwright' });
  const answersLater = (WAITING_FUNCTIONS as readonly string[]).includes(name);
  return middy<unknown, unknown>()
    .use(injectLambdaContext(logger, { clearState: true, logEvent: false }))
    .use({
      onError: ({ error }) => logger.error('step failed', { function: name, error_name: error?.name ?? 'unknown' }),
    })
    .use(parser({ schema: contract.input }))
    .handler(async (event: unknown) => {
      const output = await step(event as InputOf<Name>);
      return answersLater ? {} : contract.output.parse(output);
    }) as LambdaHandler;
}
