import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

import { addUnderwright, type Underwright } from '../../lib/underwright-app.ts';
import { stageNamed, type Stage } from '../../stages/stage.ts';

// The template's own validation takes seconds, and `cdk synth` does it.
process.env['CDK_VALIDATION'] = 'false';

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** The context of cdk.json, which `new App()` does not read, and nothing bundled. */
export function contextWithoutBundling(): Record<string, unknown> {
  const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8')) as {
    context: Record<string, unknown>;
  };
  return { ...context, 'aws:cdk:bundling-stacks': [] };
}

/** The templates of a stage, by stack. */
export function synthesise(stage: Stage['name']): Record<keyof Underwright, Template> {
  const app = new App({ context: contextWithoutBundling() });
  const stacks = Object.entries(addUnderwright(app, stageNamed(stage)));
  return Object.fromEntries(stacks.map(([name, stack]) => [name, Template.fromStack(stack)])) as Record<
    keyof Underwright,
    Template
  >;
}

export function resourcesOf(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.findResources(type)) as [string, Resource][];
}

export function actionsOf(statement: Statement): string[] {
  return [statement.Action].flat();
}

/** What each function's role, by the function's name, and the state machine's (`Workflow`) may do. */
export function permissions(template: Template): Map<string, Statement[]> {
  const found = new Map<string, Statement[]>();
  for (const [id, { Properties }] of resourcesOf(template, 'AWS::IAM::Policy')) {
    const name = id.replace(/(StateMachine)?RoleDefaultPolicy.*$/, '');
    const { Statement } = Properties['PolicyDocument'] as { Statement: Statement[] };
    found.set(name, [...(found.get(name) ?? []), ...Statement]);
  }
  return found;
}
