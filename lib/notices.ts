import { Duration, Stack } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnConfigurationSet, CfnConfigurationSetEventDestination } from 'aws-cdk-lib/aws-ses';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import { noticeSenderOf } from '../stages/stage.ts';
import type { UnderwritingFunction } from './underwriting-function.ts';
import { CALLER_WAITS, Every, type WorkflowFunctions } from './workflow-functions.ts';

export interface NoticesProps {
  readonly functions: WorkflowFunctions;
}

/** Sends notices by e-mail or through the print shop's queue, and records what became of them. */
export class Notices extends Construct {
  /** Queues references of the notices that the print shop is to mail. */
  readonly printRequested: Rule;
  readonly deliver: UnderwritingFunction;

  constructor(scope: Construct, id: string, { functions }: NoticesProps) {
    super(scope, id);
    const { ledger, workStore, vault, evidence, events } = functions.records;
    this.deliver = functions.addAsynchronous('DeliverNotices', 'Sends the notices that were issued and not sent', {
      // Notices of 50 applications, 2 s each with their documents: 100 s.
      timeout: Duration.minutes(3),
      memorySize: 1_024,
    });
    functions.add('DrawNotice', 'Draws a notice as a PDF: it has the renderer and no rights', CALLER_WAITS);
    this.deliver.grantInvokes(functions.all);
    const record = functions.add(
      'RecordDelivery',
      'Records that a notice was mailed on paper, or came back',
      CALLER_WAITS,
    );
    for (const made of [this.deliver, record]) {
      ledger.grantAppend(made);
      workStore.grantReadWrite(made);
      workStore.grantRemove(made);
      events.grantPublish(made);
    }
    evidence.grantRead(this.deliver);
    vault.grantRead(this.deliver);
    workStore.grantListQueues(this.deliver);
    new Every(this, 'NoticesDue', {
      fn: this.deliver,
      every: Duration.minutes(5),
      description: 'Send notices, and warn of applications without one',
      deadLetters: functions.deadLetters,
    });
    this.printRequested = this.#printQueue(functions);
    this.#bounces(functions);
  }

  /** The print shop takes references from its queue and reads each notice over the API. */
  #printQueue({ records, deadLetters }: WorkflowFunctions): Rule {
    const { operationsKey: key, events } = records;
    const queue = new Queue(this, 'PrintQueue', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: deadLetters.queue, maxReceiveCount: 10 },
    });
    return new Rule(this, 'PrintRequested', {
      description: 'A notice is to be printed and mailed',
      eventBus: events.bus,
      eventPattern: { detailType: ['NoticePrintRequested'] },
      targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters.queue })],
    });
  }

  /** Lets DeliverNotices send under the stage's sender, and has SES report what came back. */
  #bounces(functions: WorkflowFunctions): void {
    const { records, stage, deadLetters } = functions;
    const { ledger, workStore, events } = records;
    const bounce = functions.addAsynchronous('RecordBounce', 'Records that the mail service returned a notice');
    ledger.grantAppend(bounce);
    workStore.grantReadWrite(bounce);
    workStore.grantRemove(bounce);
    events.grantPublish(bounce);
    new Rule(this, 'MailReturned', {
      description: 'The mail service returned a notice',
      // Service events come on the account's default bus only.
      eventPattern: {
        source: ['aws.ses'],
        detailType: ['Email Bounced', 'Email Complaint Received', 'Email Rejected'],
        detail: { mail: { tags: { notice: [{ exists: true }] } } },
      },
      targets: [
        new LambdaTarget(bounce.lambda, {
          deadLetterQueue: deadLetters.queue,
          // Only the tags: the rest of the event has the applicant's address.
          event: RuleTargetInput.fromObject({
            event: EventField.fromPath('$.detail.eventType'),
            applicationId: EventField.fromPath('$.detail.mail.tags.application[0]'),
            notice: EventField.fromPath('$.detail.mail.tags.notice[0]'),
            attempt: EventField.fromPath('$.detail.mail.tags.attempt[0]'),
          }),
        }),
      ],
    });
    const sender = noticeSenderOf(stage);
    if (sender !== undefined) this.#mail(sender, `underwright-${stage.name}-notices`);
  }

  #mail(sender: string, name: string): void {
    const { region, account, partition } = Stack.of(this);
    const set = new CfnConfigurationSet(this, 'Mail', {
      name,
      deliveryOptions: { tlsPolicy: 'REQUIRE' },
      reputationOptions: { reputationMetricsEnabled: true },
      sendingOptions: { sendingEnabled: true },
    });
    const destination = new CfnConfigurationSetEventDestination(this, 'MailEvents', {
      configurationSetName: name,
      eventDestination: {
        name: 'returns',
        enabled: true,
        matchingEventTypes: ['bounce', 'complaint', 'reject'],
        eventBridgeDestination: { eventBusArn: `arn:${partition}:events:${region}:${account}:event-bus/default` },
      },
    });
    destination.addResourceDependency(set);
    const arn = (resource: string) => `arn:${partition}:ses:${region}:${account}:${resource}`;
    this.deliver.addEnvironment('NOTICE_SENDER', sender);
    this.deliver.addEnvironment('MAIL_CONFIGURATION_SET', name);
    this.deliver.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['ses:SendEmail', 'ses:SendRawEmail'],
        resources: [arn(`identity/${sender.split('@')[1] ?? ''}`), arn(`configuration-set/${name}`)],
        conditions: { StringEquals: { 'ses:FromAddress': sender } },
      }),
    );
  }
}
