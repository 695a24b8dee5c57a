import type { Template } from 'aws-cdk-lib/assertions';

import type { DeployedName } from '../../../lambdas/functions.ts';
import { synthesise, type Resource } from '../synthesised.ts';

export const REGION = 'local';
export const ACCOUNT = '000000000000';

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** Where the servers are that stand for the account, as a template's attributes name them. */
export interface Places {
  /** Of the function URL of the simulated bureau. */
  readonly bureauUrl: string;
  readonly queueUrl: (name: string) => string;
  /** In place of `https://cognito-idp.REGION.amazonaws.com`. */
  readonly issuers: string;
}

const SERVICE: Readonly<Record<string, (id: string) => { readonly ref: string; readonly arn: string }>> = {
  'AWS::DynamoDB::Table': (id) => named(id, 'dynamodb', `table/${id}`),
  'AWS::KMS::Key': (id) => named(id, 'kms', `key/${id}`),
  'AWS::S3::Bucket': (id) => ({ ref: id.toLowerCase(), arn: `arn:aws:s3:::${id.toLowerCase()}` }),
  'AWS::SQS::Queue': (id) => named(id, 'sqs', id),
  'AWS::Logs::LogGroup': (id) => named(id, 'logs', `log-group:${id}:*`),
  'AWS::Events::EventBus': (id) => named(id, 'events', `event-bus/${id}`),
  'AWS::IAM::Role': (id) => ({ ref: id, arn: `arn:aws:iam::${ACCOUNT}:role/${id}` }),
};

const arnOf = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const named = (id: string, service: string, rest: string) => ({ ref: id, arn: arnOf(service, rest) });

/** `IntakeApplicationFunctionE7101729` → `IntakeApplication`. */
const FUNCTION_ID = /^(\w+)Function[0-9A-F]{8}$/;

export const functionArn = (name: string): string => arnOf('lambda', `function:${name}`);

/** The templates of a stage as an account would have them: every reference has a value. */
export function deployed(stage: 'sandbox' | 'production', places: Places) {
  const templates = Object.values(synthesise(stage)).map((template: Template) => template.toJSON() as Stack);
  const exports = new Map(
    templates.flatMap((stack) =>
      Object.values(stack.Outputs ?? {}).flatMap(({ Export, Value: value }) =>
        Export ? [[Export.Name, { value, stack }] as const] : [],
      ),
    ),
  );

  function resolve(value: unknown, stack: Stack): unknown {
    if (Array.isArray(value)) return value.map((each) => resolve(each, stack));
    if (typeof value !== 'object' || value === null) return value;
    const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
    if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return intrinsic(name, argument, stack);
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each, stack)]));
  }

  function intrinsic(name: string, argument: unknown, stack: Stack): unknown {
    switch (name) {
      case 'Ref':
        return PSEUDO[String(argument)] ?? attribute(String(argument), 'Ref', stack);
      case 'Fn::GetAtt': {
        const [id, what] = argument as [string, string];
        return attribute(id, what, stack);
      }
      case 'Fn::Join': {
        const [between, parts] = resolve(argument, stack) as [string, string[]];
        return parts.join(between).replace(`https://cognito-idp.${REGION}.amazonaws.com`, places.issuers);
      }
      case 'Fn::ImportValue': {
        const exported = exports.get(String(argument));
        if (!exported) throw new TypeError(`No stack exports ${String(argument)}.`);
        return resolve(exported.value, exported.stack);
      }
      case 'Fn::Split': {
        const [between, text] = resolve(argument, stack) as [string, string];
        return text.split(between);
      }
      case 'Fn::Select': {
        const [index, list] = resolve(argument, stack) as [number, string[]];
        return list[index];
      }
      default:
        throw new TypeError(`The template has ${name}, which is not resolved here.`);
    }
  }

  function attribute(id: string, what: string, stack: Stack): string {
    const resource = stack.Resources[id];
    if (!resource) throw new TypeError(`The template has no resource ${id}.`);
    const name = FUNCTION_ID.exec(id)?.[1];
    switch (resource.Type) {
      case 'AWS::Lambda::Function':
        return what === 'Arn' ? functionArn(String(name)) : String(name);
      case 'AWS::Lambda::Version':
        return `${functionArn(id.replace(/FunctionCurrentVersion.*$/, ''))}:1`;
      case 'AWS::Lambda::Url':
        return places.bureauUrl;
      case 'AWS::StepFunctions::StateMachine':
        return arnOf('states', `stateMachine:${String(resource.Properties['StateMachineName'])}`);
      case 'AWS::StepFunctions::StateMachineAlias':
        return `${machineOf(stack)}:${String(resource.Properties['Name'])}`;
      case 'AWS::Cognito::UserPool':
      case 'AWS::Cognito::UserPoolClient':
        return id.toLowerCase();
      default: {
        const made = SERVICE[resource.Type]?.(id);
        if (!made) throw new TypeError(`${id} is a ${resource.Type}, which has no name here.`);
        if (resource.Type === 'AWS::SQS::Queue' && what === 'Ref') return places.queueUrl(id);
        return what === 'Arn' ? made.arn : made.ref;
      }
    }
  }

  function machineOf(stack: Stack): string {
    const [id] = Object.entries(stack.Resources).find(([, { Type }]) => Type === 'AWS::StepFunctions::StateMachine')!;
    return attribute(id, 'Ref', stack);
  }

  /** Every resource of a type, with its references resolved. */
  function resources(type: string): { id: string; stack: Stack; properties: Record<string, unknown> }[] {
    return templates.flatMap((stack) =>
      Object.entries(stack.Resources)
        .filter(([, { Type }]) => Type === type)
        .map(([id, { Properties }]) => ({
          id,
          stack,
          properties: resolve(Properties ?? {}, stack) as Record<string, unknown>,
        })),
    );
  }

  return {
    templates,
    resources,
    arn: (id: string, stack: Stack): string => attribute(id, 'Arn', stack),
    output(name: string): string {
      const stack = templates.find(({ Outputs }) => Outputs?.[name]);
      return String(resolve(stack?.Outputs?.[name]?.Value, stack!));
    },
    /** What each function finds in its environment. */
    environments(): Map<DeployedName, Record<string, string>> {
      const found = templates.flatMap((stack) =>
        Object.entries(stack.Resources).flatMap(([id, { Type, Properties }]) => {
          const name = FUNCTION_ID.exec(id)?.[1];
          if (Type !== 'AWS::Lambda::Function' || name === undefined) return [];
          const { Variables } = resolve(Properties['Environment'], stack) as { Variables: Record<string, string> };
          const pair: [DeployedName, Record<string, string>] = [name as DeployedName, Variables];
          return [pair];
        }),
      );
      return new Map(found);
    },
  };
}
export type Deployed = ReturnType<typeof deployed>;

export interface Stack {
  readonly Resources: Record<string, Resource>;
  readonly Outputs?: Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>;
}
