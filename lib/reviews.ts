import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import type { SubjectProps } from './intake.ts';
import { CALLER_WAITS, Every } from './workflow-functions.ts';

/** Records what people do and decide on an application that waits, shows the identity that its hold needs, and finds a person's applications. */
export class Reviews extends Construct {
  constructor(scope: Construct, id: string, { functions, workflow }: SubjectProps) {
    super(scope, id);
    const { ledger, workStore, vault, evidence, events } = functions.records;
    const completeTask = functions.add(
      'CompleteTask',
      'Answers the task token of an application that waits for a person',
      CALLER_WAITS,
    );
    ledger.grantAppend(completeTask);
    evidence.grantReadWrite(completeTask);
    vault.grantRead(completeTask);
    workStore.grantReadWrite(completeTask);
    workStore.grantRemove(completeTask);
    workflow.grantCompleteTask(completeTask);
    const readIdentity = functions.add('ReadHoldIdentity', 'Shows a reviewer the identity that a waiting hold needs');
    ledger.grantAppend(readIdentity);
    evidence.grantRead(readIdentity);
    vault.grantRead(readIdentity);
    const readData = functions.add(
      'ReadApplicantData',
      'Gives an applicant the data behind the decisions',
      CALLER_WAITS,
    );
    ledger.grantAppend(readData);
    evidence.grantRead(readData);
    vault.grantRead(readData);
    const search = functions.add('SearchApplicant', 'Finds the applications of a person', CALLER_WAITS);
    ledger.grantAppend(search);
    workStore.grantList(search);
    vault.grantRead(search);
    vault.grantIndex(search);
    const workCase = functions.add(
      'WorkCase',
      'Records claims, comments, requests and documents of a case',
      CALLER_WAITS,
    );
    const nextCase = functions.add('NextCase', 'Claims the case that is due first', CALLER_WAITS);
    for (const made of [workCase, nextCase]) {
      ledger.grantAppend(made);
      workStore.grantReadWrite(made);
    }
    evidence.grantReadWrite(workCase);
    vault.grantRead(workCase);
    events.grantPublish(workCase);
    const expire = functions.addAsynchronous('ExpireRequests', 'Closes requests that no applicant answered in time', {
      timeout: Duration.minutes(3),
    });
    ledger.grantAppend(expire);
    workStore.grantReadWrite(expire);
    for (const made of [nextCase, expire]) workStore.grantListCases(made);
    new Every(this, 'RequestsExpired', {
      fn: expire,
      every: Duration.minutes(5),
      description: 'Look for requests that no applicant answered in time',
      deadLetters: functions.deadLetters,
    });
  }
}
