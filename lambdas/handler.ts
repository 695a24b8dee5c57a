import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { parser } from '@aws-lambda-powertools/parser/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';

import type { Contract, Input, UseCase } from '../app/contracts.ts';
import { functionLogger, logFailure } from './logger.ts';

export type LambdaHandler = (event: unknown, context: Context) => Promise<unknown>;

/**
 * Makes a use case invocable as a Lambda function, which parses its input and output by the contract.
 *
 * The same handler runs in AWS and in the embedded engine.
 */
export function lambdaHandler<C extends Contract>(contract: C, useCase: UseCase<C>): LambdaHandler {
  const logger = functionLogger();
  return middy<unknown, unknown>()
    .use(injectLambdaContext(logger, { clearState: true, logEvent: false }))
    .use({ onError: ({ error }) => logFailure(logger, error) })
    .use(parser({ schema: contract.input }))
    .handler(async (event: unknown) => {
      const output = await useCase(event as Input<C>);
      return contract.answersLater ? {} : contract.output.parse(output);
    }) as LambdaHandler;
}
