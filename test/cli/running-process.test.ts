import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { whileRunning } from '../../cli/data-folder.ts';
import { challengeProof } from '../../local/api/server.ts';
import { examplePath, serving, underwright, underwrightProcess, workbench, type Workbench } from './program.ts';

let bench: Workbench;
beforeEach(() => {
  bench = workbench();
});
afterEach(() => bench.remove());

describe('a folder that cannot be opened', () => {
  const preload = join(import.meta.dirname, '..', 'support', 'full-disk.mjs');
  const full = async (file: string, ...args: string[]) => {
    process.env['NODE_OPTIONS'] = `--import=${preload}`;
    process.env['FULL_DISK'] = file;
    try {
      return await underwrightProcess(...args, '--data', bench.data);
    } finally {
      delete process.env['NODE_OPTIONS'];
      delete process.env['FULL_DISK'];
    }
  };
  const APPLICATION = examplePath('approve-lowest-rate');

  test.each([
    ['start', ['start', '--port', '0'], String.raw`process\.json`],
    ['submit', ['submit', APPLICATION], String.raw`process\.json`],
    ['submit', ['submit', APPLICATION], String.raw`vault\.key`],
  ])('ends %s with 5 when the disk is full', async (_, args, file) => {
    const { code, err } = await full(file, ...args);
    expect(err).toMatch(/^StoreUnavailable: .*ENOSPC.*Check its disk/m);
    expect(code).toBe(5);
  });

  test('ends a command that writes to a folder with data with 5 when the disk is full', async () => {
    expect((await underwright('submit', APPLICATION, '--data', bench.data)).code).toBe(0);
    const args = ['switch', 'product', 'personal-loan', 'on', '--by', 'o.lind', '--note', 'The disk is full today.'];
    const { code, err } = await full(String.raw`process\.json`, ...args);
    expect([err, code]).toEqual([expect.stringMatching(/^StoreUnavailable: /), 5]);
  });

  test('ends submit with 4 when it cannot announce itself', async () => {
    mkdirSync(join(bench.data, 'process.json'), { recursive: true });
    const { code, err } = await underwright('submit', APPLICATION, '--data', bench.data);
    expect(err).toMatch(/^DataFolderUnusable: /);
    expect(code).toBe(4);
  });
});

describe('a process that runs on the folder', () => {
  test('and is paused is named, with what to do', async () => {
    const running = await serving('start', '--data', bench.data, '--port', '0');
    const { pid } = JSON.parse(readFileSync(join(bench.data, 'process.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGSTOP');
    try {
      const { code, err } = await underwright('submit', examplePath('approve-lowest-rate'), '--data', bench.data);
      expect(err).toMatch(new RegExp(`^ProcessSilent: Process ${pid} runs on .*kill -CONT ${pid}`));
      expect(code).toBe(4);
    } finally {
      process.kill(pid, 'SIGCONT');
      expect(await running.stop()).toBe(0);
    }
  });

  const SECRET = 'a secret of this test';
  const LIMITS = { answerMs: 1_000, pauseMs: 1 };
  let server: Server;
  let answers: number;
  beforeEach(async () => {
    answers = 2;
    server = createServer((request, response) => {
      const challenge = new URL(request.url ?? '', 'http://127.0.0.1').searchParams.get('challenge') ?? '';
      answers -= 1;
      if (answers >= 0) response.end(JSON.stringify({ proof: challengeProof(SECRET, challenge) }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    mkdirSync(bench.data);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeFileSync(join(bench.data, 'process.json'), JSON.stringify({ pid: process.pid, url, secret: SECRET }));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  test('and falls silent during a call ends the call', async () => {
    let ended: AbortSignal | undefined;
    const call = (signal: AbortSignal) => {
      ended = signal;
      return new Promise<never>(() => {});
    };
    await expect(whileRunning(bench.data, url(), call, LIMITS)).rejects.toMatchObject({
      failure: { name: 'ProcessSilent', exitCode: 4, message: expect.stringContaining(`Process ${process.pid}`) },
    });
    expect(answers).toBe(-1);
    expect(ended?.aborted).toBe(true);
  });

  test('and ends during a call ends the call', async () => {
    const call = async () => {
      server.closeAllConnections();
      server.close();
      return new Promise<never>(() => {});
    };
    await expect(whileRunning(bench.data, url(), call, LIMITS)).rejects.toMatchObject({
      failure: { name: 'ProcessUnreachable', exitCode: 4 },
    });
  });

  test('and answers lets a call take as long as it needs', async () => {
    answers = Infinity;
    let asked = 0;
    const done = new Promise<string>((resolve) => {
      server.on('request', () => {
        asked += 1;
        if (asked === 5) resolve('done');
      });
    });
    expect(await whileRunning(bench.data, url(), () => done, LIMITS)).toBe('done');
  });
});
