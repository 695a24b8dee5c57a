import { Logger, LogFormatter, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';

/** All that is ever said in words: nothing that came in from outside is a message. */
const MESSAGES = ['step failed'] as const;
type Message = (typeof MESSAGES)[number];

/** The name of an error class of this program, a library or the SDK, and nothing that could be a sentence. */
const ERROR_NAME = /^[A-Za-z][A-Za-z.]{0,63}$/;

/**
 * Writes the fields that are named here and drops every other, whoever logged it: what an applicant sent, and what a
 * library says of it, is personal until somebody has looked.
 */
class AllowListFormatter extends LogFormatter {
  override formatAttributes(standard: UnformattedAttributes, more: LogAttributes): LogItem {
    const { logLevel, timestamp, message, serviceName, lambdaContext, xRayTraceId } = standard;
    const errorName = more['error_name'];
    return new LogItem({
      attributes: {
        level: logLevel,
        timestamp: this.formatTimestamp(timestamp),
        service: serviceName,
        message: MESSAGES.find((known) => known === message) ?? 'a message that is not on the list',
        function_name: lambdaContext?.functionName,
        function_request_id: lambdaContext?.awsRequestId,
        cold_start: lambdaContext?.coldStart,
        xray_trace_id: xRayTraceId,
        ...(errorName !== undefined && {
          error_name: typeof errorName === 'string' && ERROR_NAME.test(errorName) ? errorName : 'unknown',
        }),
      },
    });
  }
}

/** The log of a function. */
export function functionLogger(): Logger {
  return new Logger({ logFormatter: new AllowListFormatter() });
}

export function logFailure(logger: Logger, error: unknown): void {
  const message: Message = 'step failed';
  logger.error(message, { error_name: error instanceof Error ? error.name : 'unknown' });
}
