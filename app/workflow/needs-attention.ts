import type { StepOf } from '../contracts.ts';
import { openTask, type TaskPorts } from './open-task.ts';

/** Holds what no step could handle until an operator sends it on. */
export function needsAttention(ports: TaskPorts): StepOf<'NeedsAttention'> {
  return (called) => {
    const { retryCount } = called;
    const { state, error } = called.failure;
    return openTask(ports, called, {
      queue: 'ATTENTION',
      tries: retryCount,
      facts: { failedState: state, error, tries: retryCount },
    });
  };
}
