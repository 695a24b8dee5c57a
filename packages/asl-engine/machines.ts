import { hash } from 'node:crypto';

import { parseDefinition, substitute, type Definition, type Distributed } from './definition.ts';
import { StateMachineDoesNotExist, StateMachineRefused } from './errors.ts';
import { Expressions } from './expressions.ts';
import type { ChildMachine } from './frame.ts';
import type { EngineDatabase, ExecutionContract } from './ports.ts';
import { parseStateMachineArn, type EngineStore } from './store.ts';

export interface StateMachineSource {
  /** 1 to 80 letters, digits, `-`, `_`. */
  readonly name: string;
  /** Amazon States Language, JSONata. */
  readonly definition: string;
  /** What replaces each `${Name}` of the definition. */
  readonly substitutions?: Readonly<Record<string, string>>;
  /** @default all that Step Functions takes */
  readonly contract?: ExecutionContract;
}

export interface Machine extends ChildMachine {
  readonly text: string;
  readonly createdAt: number;
  readonly contract: ExecutionContract | undefined;
}

/** The state machines of an engine, and the definitions that its executions started with. */
export class Machines {
  readonly #database: EngineDatabase;
  readonly #store: EngineStore;
  readonly #expressions: Expressions;
  readonly #now: () => number;
  readonly byName = new Map<string, Machine>();
  readonly #definitions = new Map<number, Definition>();

  constructor(database: EngineDatabase, store: EngineStore, expressions: Expressions, now: () => number) {
    this.#database = database;
    this.#store = store;
    this.#expressions = expressions;
    this.#now = now;
  }

  /** @throws StateMachineRefused */
  load(source: StateMachineSource): void {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(source.name)) {
      throw new StateMachineRefused(
        `The state machine name "${source.name}" has not 1 to 80 letters, digits, "-" or "_".`,
      );
    }
    if (this.byName.has(source.name)) throw new StateMachineRefused(`Two state machines are named ${source.name}.`);
    const { text, definition } = loadWith(source.definition, source.substitutions ?? {}, this.#expressions);
    const { id, createdAt } = this.#database.writeNow(() =>
      this.#store.definitionId(source.name, hash('sha256', text), text, this.#now()),
    );
    this.#definitions.set(id, definition);
    const { name, contract } = source;
    this.byName.set(name, { name, text, definition, definitionId: id, createdAt, contract });
  }

  /** The processor of a distributed Map as a machine of its own, whose executions are the children. */
  child(machine: string, { label, processor }: Distributed): ChildMachine {
    const name = `${machine}/${label}`;
    const { id } = this.#database.writeNow(() =>
      this.#store.definitionId(name, hash('sha256', processor), processor, this.#now()),
    );
    return { name, definitionId: id, definition: this.definition(id) };
  }

  /** Of a machine, or of the processor of a distributed Map of it. */
  contractOf(machine: string): ExecutionContract | undefined {
    return this.byName.get(machine.split('/')[0]!)?.contract;
  }

  /** A stored definition, also one that no state machine has any more. */
  definition(id: number): Definition {
    let definition = this.#definitions.get(id);
    if (!definition) {
      definition = parseDefinition(this.#store.definition(id), this.#expressions);
      this.#definitions.set(id, definition);
    }
    return definition;
  }

  /** @throws InvalidArn, StateMachineDoesNotExist */
  machine(stateMachineArn: string): Machine {
    const machine = this.byName.get(parseStateMachineArn(stateMachineArn));
    if (!machine) throw new StateMachineDoesNotExist('State Machine Does Not Exist');
    return machine;
  }
}

/**
 * Reads a state machine as an engine would, running nothing.
 * @returns its text with every placeholder replaced.
 * @throws StateMachineRefused with everything that is wrong or not implemented, by name.
 */
export function loadStateMachine(definition: string, substitutions: Readonly<Record<string, string>> = {}): string {
  return loadWith(definition, substitutions, new Expressions({ now: () => new Date(0), random: () => 0 })).text;
}

function loadWith(
  source: string,
  substitutions: Readonly<Record<string, string>>,
  expressions: Expressions,
): { text: string; definition: Definition } {
  const text = substitute(source, substitutions);
  try {
    return { text, definition: parseDefinition(text, expressions) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new StateMachineRefused('The state machine is nested too deeply to be read: make it flatter.');
  }
}
