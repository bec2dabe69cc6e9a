import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DrillRun } from '@trilith/contract';
import { CommandError } from '../http.ts';
import { drillCommand } from './drill.ts';

const begun: DrillRun = {
  ...{ id: 'r1', name: 'a', rule: { file: 'f', group: 'g', rule: 'A' }, kind: 'fault', state: 'running', author: '' },
  ...{ startedAtMs: 1, endedAtMs: null, failedHop: null, notes: [], hops: [], attempts: [], groupKeys: [] },
  ...{ faultOff: 'POST http://demo/off', receiverUrl: '' },
};

test('when a later file is refused, drills of files before it are ended: their faults do not stay on', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const posts = asked.filter((one) => one.startsWith('POST')).length;
    const isRefused = request.method === 'POST' && posts === 2;
    response.writeHead(isRefused ? 409 : 200, { 'content-type': isRefused ? 'text/plain' : 'application/json' });
    response.end(isRefused ? 'is drilled already' : JSON.stringify({ runs: [begun] }));
  });
  const directory = mkdtempSync(join(tmpdir(), 'trilith-drill-'));
  try {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const files = ['a', 'b'].map((name) => join(directory, `${name}.yaml`));
    for (const file of files) writeFileSync(file, 'drills: []');
    const listeners = process.listenerCount('SIGINT');
    const around = { env: {}, out: () => undefined, nowMs: Date.now };
    await assert.rejects(
      drillCommand(['run', ...files, '--url', url], around),
      (error) => error instanceof CommandError && error.message === 'is drilled already',
    );
    assert.deepEqual(asked, ['POST /api/drills', 'POST /api/drills', 'DELETE /api/drills/r1']);
    assert.equal(process.listenerCount('SIGINT'), listeners);
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true });
  }
});
