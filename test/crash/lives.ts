import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

import { crashCases, MAX_WAVES } from './applications.ts';
import { clients, outside, type Outside } from './clients.ts';
import { PHASES, type Mutation, type Orders, type Phase, type Saying } from './phases.ts';

export const AT_RANDOM = 'at a random moment';
export type Death = Phase | typeof AT_RANDOM;

export interface Campaign {
  readonly folder: string;
  readonly kills: number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** Where the process dies. @default all phases and random moments in turn */
  readonly deaths?: readonly Death[];
  readonly mutation?: Mutation;
  /** Tells the first wave's number. @default 0 */
  readonly firstWave?: number;
}

export interface Outcome {
  readonly outside: Outside;
  /** Kills by where they fell. */
  readonly deaths: Map<Death, number>;
}

/** A planned phase that never comes: the process is killed at this moment, in ms after it was ready. */
const LATEST_KILL_MS = 3_000;
/** A random moment is up to this many ms after the start: before it is ready, too. */
const LONGEST_RANDOM_MS = 900;
const LONGEST_DEATH_MS = 15_000;
/** How long clients wait before they look again, in ms. */
const LOOK_AGAIN_MS = 20;

/**
 * Runs waves of applications through a process that is killed and started again until it died `kills` times and everything
 * stands: each application has ended or waits for a person who leaves it.
 */
export async function survive(campaign: Campaign): Promise<Outcome> {
  const { kills, random } = campaign;
  const planned = campaign.deaths ?? [...PHASES, AT_RANDOM];
  const known = outside();
  const deaths = new Map<Death, number>();
  let wave = campaign.firstWave ?? 0;
  const nextWave = () => {
    if (wave === MAX_WAVES) return;
    for (const [id, each] of crashCases(wave)) known.cases.set(id, each);
    wave += 1;
  };
  nextWave();
  for (let died = 0; died < kills; died += 1) {
    const death = planned[died % planned.length] ?? AT_RANDOM;
    // Common phases come often: their nth is drawn from a wider range, so that kills fall all along an application's way.
    const nth = 1 + Math.floor(random() * (death.startsWith('pull') || death === 'bureau answered' ? 3 : 15));
    const killed = await live(campaign, known, random, {
      ...(death !== AT_RANDOM && { kill: { phase: death, nth } }),
      killAfterStartMs: death === AT_RANDOM ? random() * LONGEST_RANDOM_MS : Infinity,
      whenSettled: nextWave,
    });
    deaths.set(killed, (deaths.get(killed) ?? 0) + 1);
  }
  await live(campaign, known, random, { killAfterStartMs: Infinity });
  return { outside: known, deaths };
}

interface Plan {
  readonly kill?: Orders['kill'];
  readonly killAfterStartMs: number;
  /** Called when everything stands. @default the process is closed in order */
  readonly whenSettled?: () => void;
}

/** One life of the process, from its start to its death. */
async function live(campaign: Campaign, known: Outside, random: () => number, plan: Plan): Promise<Death> {
  const { folder, mutation } = campaign;
  const orders: Orders = { folder, ...(plan.kill && { kill: plan.kill }), ...(mutation && { mutation }) };
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'underwriter.ts'), JSON.stringify(orders)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Hundreds of starts: compiled code is kept between them.
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: join(tmpdir(), 'underwright-crash-compile-cache'),
        POWERTOOLS_LOG_LEVEL: 'SILENT',
      },
    },
  );
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  let killedAt: Death = AT_RANDOM;
  const kill = () => child.kill('SIGKILL');
  const timers = [plan.killAfterStartMs === Infinity ? undefined : setTimeout(kill, plan.killAfterStartMs)];
  const closed = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
  }));
  const ready = new Promise<string | undefined>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const saying = JSON.parse(line) as Saying;
      if ('ready' in saying) resolve(saying.ready);
      else killedAt = saying.killedAt;
    });
    void closed.then(() => resolve(undefined));
  });

  const url = await ready;
  if (url !== undefined) {
    if (plan.kill) timers.push(setTimeout(kill, LATEST_KILL_MS));
    const calls = clients(url, folder, known);
    while (child.exitCode === null && child.signalCode === null) {
      try {
        await calls.submit(random);
        if (await calls.review()) {
          if (!plan.whenSettled) {
            child.kill('SIGTERM');
            break;
          }
          plan.whenSettled();
        }
      } catch (error) {
        // A call that breaks off must have broken off with its process.
        const died = closed.then(() => true);
        if (await Promise.race([died, pause(LONGEST_DEATH_MS, false, { ref: false })])) break;
        kill();
        throw error;
      }
      await Promise.race([pause(LOOK_AGAIN_MS), closed]);
    }
    calls.close();
  }
  const { code, signal } = await closed;
  for (const each of timers) clearTimeout(each);
  const asPlanned = plan.whenSettled ? signal === 'SIGKILL' : code === 0;
  if (!asPlanned) throw new Error(`The underwriter ended by itself (${code ?? signal}): ${complaint}`);
  return killedAt;
}
