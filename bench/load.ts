/**
 * The API of one process under more clients than it can serve: `npm run bench -- load` submits with 200 clients for 60 s,
 * each as soon as it was answered, and with 2,000 long polls open asks for something else. `npm run bench -- load 20 50`
 * takes 20 s and 50 clients. A client that gets 503 pauses as long as Retry-After says, then sends the same application.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { composeEmbedded } from '../adapters/compose/embedded.ts';
import type { Role } from '../domain/access/access.ts';
import { CONSENTS, percentile, rounded, type Measurement } from './support.ts';

const POLLS = 2_000;
const MIB = 2 ** 20;
const PROGRAM = join(import.meta.dirname, '..', 'bin', 'underwright.ts');

interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly retryAfterMs: number;
  readonly etag: string;
  readonly text: string;
}

interface Served {
  readonly send: (method: string, path: string, headers?: Record<string, string>, body?: object) => Promise<Answer>;
  readonly token: (role: Role, by: string) => Promise<string>;
  /** Bytes that the process has in memory. */
  readonly resident: () => number;
  readonly close: () => Promise<void>;
}

/** A process of its own, so its memory is its own too. */
async function serve(): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'underwright-bench-'));
  const env = { ...process.env, POWERTOOLS_LOG_LEVEL: 'SILENT' };
  const child = spawn(process.execPath, [PROGRAM, 'start', '--port', '0', '--data', folder, '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  while (!out.endsWith('}\n')) await once(child.stdout, 'data');
  const { port } = new URL((JSON.parse(out) as { url: string }).url);
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const reader = composeEmbedded(folder, { readOnly: true });
  return {
    send: (method, path, headers = {}, body) => sent({ agent, port, method, path: `/v1${path}`, headers }, body),
    token: (role, by) => reader.issuer.sign({ role, by, minutes: 60 }),
    resident: () => residentOf(child),
    async close() {
      agent.destroy();
      reader.close();
      child.kill('SIGTERM');
      await once(child, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function sent(options: object, body: object | undefined): Promise<Answer> {
  const began = performance.now();
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const open = request({ host: '127.0.0.1', ...options }, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        answer += chunk;
      });
      response.on('end', () => {
        const retryAfterMs = Number(response.headers['retry-after'] ?? 0) * 1_000;
        const { statusCode: status = 0, headers } = response;
        resolve({ status, ms: performance.now() - began, retryAfterMs, etag: headers.etag ?? '', text: answer });
      });
    });
    open.on('error', reject);
    if (text !== undefined) open.setHeader('content-type', 'application/json');
    open.end(text);
  });
}

function residentOf({ pid }: ChildProcess): number {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return Number.NaN;
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1]) * 1_024;
}

const submission = (applicationId: string, number: number) => ({
  applicationId,
  product: 'personal-loan',
  request: { amountCents: 1_200_000, termMonths: 36, purpose: 'DEBT_CONSOLIDATION' },
  applicant: {
    firstName: 'Robin',
    lastName: 'Specimen',
    dateOfBirth: '1984-02-29',
    ssn: `90001${String(number % 10_000).padStart(4, '0')}`,
    email: 'robin@example.com',
    address: { street: '1 Example Way', city: 'Springfield', state: 'IL', zip: '62701' },
  },
  income: { annualGrossCents: 7_800_000 },
  employment: { status: 'EMPLOYED', yearsInJob: 5 },
  housing: { status: 'RENT', monthlyPaymentCents: 110_000 },
  consents: CONSENTS,
});

interface Flood {
  /** ms, of each answer that took an application in. */
  readonly accepted: number[];
  readonly statuses: Map<number, number>;
  readonly ids: string[];
  peak: number;
}

async function flood({ send, token, resident }: Served, clients: number, seconds: number): Promise<Flood> {
  const found: Flood = { accepted: [], statuses: new Map(), ids: [], peak: 0 };
  const authorization = `Bearer ${await token('front-end', 'bench')}`;
  const until = performance.now() + seconds * 1_000;
  const sampling = setInterval(() => {
    found.peak = Math.max(found.peak, resident());
  }, 100);
  let number = 0;
  const client = async () => {
    while (performance.now() < until) {
      number += 1;
      const application = submission(`load-${String(number).padStart(7, '0')}`, number);
      for (;;) {
        const answer = await send('POST', '/applications', { authorization }, application);
        found.statuses.set(answer.status, (found.statuses.get(answer.status) ?? 0) + 1);
        if (answer.status === 202) {
          found.accepted.push(answer.ms);
          found.ids.push(application.applicationId);
        }
        if (answer.status !== 503 || performance.now() >= until) break;
        await pause(answer.retryAfterMs);
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  clearInterval(sampling);
  return found;
}

/** Looks for every accepted application until it is decided or waits for a person. @returns how many are not to be found. */
async function lost({ send, token }: Served, ids: readonly string[]): Promise<number> {
  const authorization = `Bearer ${await token('front-end', 'bench')}`;
  let missing = 0;
  for (const id of ids) {
    for (;;) {
      const { status, text } = await send('GET', `/applications/${id}`, { authorization, prefer: 'wait=20' });
      if (status === 503 || (status === 200 && text.includes('"IN_PROGRESS"'))) continue;
      if (status !== 200) missing += 1;
      break;
    }
  }
  return missing;
}

/** ms of other requests while `POLLS` wait for a change that does not come. */
async function besidePolls({ send, token }: Served, applicationId: string): Promise<number[]> {
  const authorization = `Bearer ${await token('front-end', 'bench')}`;
  const path = `/applications/${applicationId}`;
  const { etag } = await send('GET', path, { authorization });
  const waited: Promise<Answer>[] = [];
  for (let open = 0; open < POLLS; open += 100) {
    for (let each = 0; each < 100; each += 1) {
      waited.push(send('GET', path, { authorization, prefer: 'wait=20', 'if-none-match': etag }));
    }
    await send('GET', path, { authorization });
  }
  const others: number[] = [];
  for (let each = 0; each < 100; each += 1) others.push((await send('GET', path, { authorization })).ms);
  const statuses = new Map<number, number>();
  for (const { status } of await Promise.all(waited)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  console.log('Long polls ended with', Object.fromEntries(statuses));
  return others;
}

export const packages = ['zod', 'jose'];

/** Submissions beyond what a process can do, and requests beside open long polls. */
export default async function load(): Promise<Measurement> {
  const [seconds = 60, clients = 200] = process.argv.slice(3).map(Number);
  const served = await serve();
  const rest = served.resident();
  const began = performance.now();
  const found = await flood(served, clients, seconds);
  console.log(
    `${found.accepted.length} accepted in ${seconds} s, p50 ${Math.round(percentile(found.accepted, 0.5))} ms, p99 ${Math.round(percentile(found.accepted, 0.99))} ms, peak ${Math.round(found.peak / MIB)} MiB; answers`,
    Object.fromEntries(found.statuses),
  );
  const missing = await lost(served, found.ids);
  const decidedSeconds = (performance.now() - began) / 1_000;
  const others = await besidePolls(served, found.ids[0] ?? '');
  await served.close();
  return {
    figures: {
      accepted: found.accepted.length,
      refused_503: found.statuses.get(503) ?? 0,
      other_answers: [...found.statuses].reduce(
        (sum, [status, count]) => sum + ([202, 503].includes(status) ? 0 : count),
        0,
      ),
      accepted_and_lost: missing,
      decided_per_second: rounded(found.ids.length / decidedSeconds),
      accepted_p50_ms: rounded(percentile(found.accepted, 0.5)),
      accepted_p99_ms: rounded(percentile(found.accepted, 0.99)),
      accepted_max_ms: rounded(percentile(found.accepted, 1)),
      resident_mb_at_rest: rounded(rest / MIB),
      resident_mb_peak: rounded(found.peak / MIB),
      beside_polls_p50_ms: rounded(percentile(others, 0.5)),
      beside_polls_max_ms: rounded(percentile(others, 1)),
    },
    peers: {},
  };
}
