import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { parser } from '@aws-lambda-powertools/parser/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';

import { contractOf, WAITING_FUNCTIONS, type DeployedName, type InputOf, type StepOf } from '../app/contracts.ts';
import { functionLogger, logFailure } from './logger.ts';

export type LambdaHandler = (event: unknown, context: Context) => Promise<unknown>;

/**
 * Makes a step invocable as a Lambda function: its input and output are held to its contract.
 *
 * The same handler runs in AWS and in the embedded engine.
 */
export function lambdaHandler<Name extends DeployedName>(name: Name, step: StepOf<Name>): LambdaHandler {
  const contract = contractOf(name);
  const logger = functionLogger();
  const answersLater = (WAITING_FUNCTIONS as readonly string[]).includes(name);
  return middy<unknown, unknown>()
    .use(injectLambdaContext(logger, { clearState: true, logEvent: false }))
    .use({ onError: ({ error }) => logFailure(logger, error) })
    .use(parser({ schema: contract.input }))
    .handler(async (event: unknown) => {
      const output = await step(event as InputOf<Name>);
      return answersLater ? {} : contract.output.parse(output);
    }) as LambdaHandler;
}
