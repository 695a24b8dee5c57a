import type { StepOf } from '../contracts.ts';
import { openTask, type TaskPorts } from './open-task.ts';

/** Puts the application into the review queue; the review's answer comes through CompleteTask. */
export function awaitReview(ports: TaskPorts): StepOf<'AwaitReview'> {
  return (called) => {
    const { stage, escalation } = called;
    return openTask(ports, called, { queue: 'REVIEW', tries: escalation, facts: { stage, escalation } });
  };
}
