import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { remoteWrite } from '../limits/requests.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';

let server: RunningServer;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trilith-external-'));
  const file = join(folder, 'prometheus.yml');
  await writeFile(file, 'global: { external_labels: { region: eu, replica: a } }\n');
  server = await startServer({ env: { TRILITH_PROMETHEUS_CONFIG: file } });
  const now = Date.now();
  const { path, headers, body } = remoteWrite([
    { labels: { __name__: 'leaves', instance: 'i' }, samples: [[1, now]] },
    { labels: { __name__: 'leaves', instance: 'j', region: 'own' }, samples: [[2, now]] },
  ]);
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: Uint8Array.from(body) });
  assert.equal(response.status, 204);
});

after(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => /^[^#]/.test(line));

test('what is federated carries external labels, and its own where it has them', async () => {
  await eventually('the samples are there', 5_000, async () => {
    const response = await fetch(`${server.url}/federate?match[]=leaves`);
    assert.deepEqual(
      lines(await response.text()).map((line) => line.replace(/ \d+$/, '')),
      ['leaves{instance="i",region="eu",replica="a"} 1', 'leaves{instance="j",region="own",replica="a"} 2'],
    );
  });
});

test('no client can name external labels of its own', async () => {
  const headers = { 'x-trilith-external-labels': '{"region":"mine"}' };
  const response = await fetch(`${server.url}/federate?match[]=leaves`, { headers });
  assert.doesNotMatch(await response.text(), /mine/);
});

test('a selector that does not parse is refused in plain text, as upstream does', async () => {
  const response = await fetch(`${server.url}/federate?match[]=up{`);
  assert.equal(response.status, 400);
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain/);
  assert.equal(await response.text(), '1:4: parse error: unexpected end of input inside braces\n');
});
