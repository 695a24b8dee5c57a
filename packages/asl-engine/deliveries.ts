/** Informs a listener of ended executions, at least once each, across restarts. */
import { endEvent, type ExecutionEnd } from './answers.ts';
import type { EngineContext } from './context.ts';
import { timer } from './timers.ts';

const MAX_ACTIVE = 16;
/** The first pause before a failed delivery is tried again; it doubles up to five minutes. */
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 300_000;
const PAGE = 1_000;

type Listener = (end: ExecutionEnd) => Promise<void>;

/** Takes the engine's one listener, and begins with every stored end that is not yet delivered. */
export function listen(engine: EngineContext, listener: Listener): void {
  const { deliveries } = engine;
  if (deliveries.listener) {
    throw new Error('This engine already has a listener for ends of executions: combine the two.');
  }
  deliveries.listener = listener;
  let page: number[];
  let after = 0;
  do {
    page = engine.store.undelivered(after, PAGE);
    deliveries.waiting.push(...page);
    after = page.at(-1) ?? 0;
  } while (page.length === PAGE);
  engine.work.later(() => deliverNext(engine));
}

/** Delivers the end of an execution, once it is on disk. */
export function enqueueEnd(engine: EngineContext, execution: number): void {
  if (!engine.deliveries.listener) return;
  engine.work.later(() => {
    engine.deliveries.waiting.push(execution);
    deliverNext(engine);
  });
}

function deliverNext(engine: EngineContext): void {
  const { deliveries, work } = engine;
  while (deliveries.listener && deliveries.active < MAX_ACTIVE && !work.halted && !work.closing) {
    const execution = deliveries.waiting.shift();
    if (execution === undefined) return;
    deliveries.active += 1;
    void begin(engine, deliveries.listener, execution);
  }
}

async function begin(engine: EngineContext, listener: Listener, execution: number): Promise<void> {
  await engine.work.during(() => deliver(engine, listener, execution, FIRST_PAUSE_MS));
  engine.deliveries.active -= 1;
  deliverNext(engine);
}

/** @param pauseMs before the next try, when this one fails. */
async function deliver(engine: EngineContext, listener: Listener, execution: number, pauseMs: number): Promise<void> {
  const { store, timers, work } = engine;
  const row = store.execution(execution);
  // Delivered already, or redriven meanwhile: its next end is another delivery.
  if (!row || row.status === 'RUNNING' || row.delivered === 1) return;
  try {
    await listener(endEvent(row));
  } catch {
    // A listener's failure changes nothing but that the end is delivered again.
    const again = timer(() => {
      void work.during(() => deliver(engine, listener, execution, Math.min(pauseMs * 2, MAX_PAUSE_MS)));
    });
    timers.set(again, engine.now() + pauseMs);
    return;
  }
  if (store.execution(execution)?.stopped_at !== row.stopped_at) return;
  engine.database.writeNow(() => store.markDelivered(execution));
}
