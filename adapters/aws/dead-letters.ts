import { DeleteMessageCommand, ReceiveMessageCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';

import type { Json } from '../../domain/json.ts';
import type { DeadLetter, DeadLetters } from '../ports.ts';
import { answered } from './errors.ts';

/** `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:VERSION]` → `NAME`. */
const FUNCTION = /^arn:[^:]+:lambda:[^:]*:[^:]*:function:([^:]+)/;

/**
 * A queue to which Lambda sends calls that failed (its on-failure destination) and EventBridge those that it could not
 * deliver (the dead letters of a rule's target). Needs `sqs:ReceiveMessage` and `sqs:DeleteMessage`.
 */
export function awsDeadLetters(client: SQSClient, queueUrl: string): DeadLetters {
  return {
    async receive() {
      const command = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        // Longer than a redrive runs: none is seen twice in one.
        VisibilityTimeout: 300,
        // Asks every server of the queue.
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['TARGET_ARN'],
      });
      const { Messages } = await answered('SQS', client.send(command));
      return (Messages ?? []).map(letterOf);
    },
    async remove({ receipt }) {
      await answered('SQS', client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt })));
    },
  };
}

function letterOf({ Body, MessageAttributes, ReceiptHandle }: Message): DeadLetter {
  const receipt = String(ReceiptHandle);
  const body = parsed(Body);
  const target = MessageAttributes?.['TARGET_ARN']?.StringValue;
  if (target !== undefined) return letter(target, body, receipt);
  const { requestContext, requestPayload = null } = (body ?? {}) as {
    requestContext?: { functionArn?: string };
    requestPayload?: Json;
  };
  return letter(requestContext?.functionArn ?? '', requestPayload, receipt);
}

function letter(arn: string, payload: Json, receipt: string): DeadLetter {
  const functionName = FUNCTION.exec(arn)?.[1];
  return { ...(functionName !== undefined && { functionName }), payload, receipt };
}

function parsed(text: string | undefined): Json {
  try {
    return JSON.parse(text ?? 'null') as Json;
  } catch {
    return null;
  }
}
