import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { logLines } from './log_lines.ts';

let server: RunningServer;
before(async () => {
  server = await startServer();
});
after(() => server.stop());

interface Line {
  readonly service: string;
  readonly level: string;
  readonly text: string;
}

/** The story of one request over two services, as their containers write it. */
const STORY: readonly Line[] = [
  { service: 'payments-api', level: 'INFO', text: 'session opened' },
  { service: 'antifraud-service', level: 'ERROR', text: 'TimeoutError' },
  { service: 'payments-api', level: 'ERROR', text: 'card_declined' },
];

async function post(path: string, type: string, body: string): Promise<void> {
  const response = await fetch(server.url + path, { method: 'POST', headers: { 'content-type': type }, body });
  assert.ok(response.ok, `${response.status} ${await response.text()}`);
}

/** Ways a container's line comes here; each is given the line as it was written. */
const WAYS: Readonly<Record<string, (line: Line, written: string, ms: number) => Promise<void>>> = {
  'Loki push with a few labels': (line, written, ms) => {
    const stream = { service: line.service, level: line.level, namespace: 'prod', app: line.service };
    return post(
      '/loki/api/v1/push',
      'application/json',
      JSON.stringify({ streams: [{ stream, values: [[`${ms}000000`, written]] }] }),
    );
  },
  OTLP: (line, written, ms) => {
    const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
    const resource = { attributes: [text('service.name', line.service), text('k8s.namespace.name', 'prod')] };
    const logRecords = [{ timeUnixNano: `${ms}000000`, body: { stringValue: written } }];
    return post(
      '/v1/logs',
      'application/json',
      JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }),
    );
  },
  'Fluent Bit over http with the kubernetes filter': (line, written, ms) => {
    const kubernetes = {
      namespace_name: 'prod',
      pod_name: 'p-1',
      container_name: 'main',
      labels: { app: line.service },
    };
    return post(
      '/fluent',
      'application/json',
      JSON.stringify([{ date: ms / 1000, log: `${written}\n`, stream: 'stdout', kubernetes }]),
    );
  },
};

for (const [way, send] of Object.entries(WAYS))
  test(`the queries people have today, verbatim, on logs that came by ${way}`, async () => {
    const trace = createHash('sha256').update(way).digest('hex').slice(0, 32);
    const began = Date.now() - 1000;
    const written = STORY.map(({ level, text }, i) =>
      JSON.stringify({ level, msg: `${text} ${way}`, trace_id: trace, request_id: `r ${way}`, user_id: `u ${way}`, i }),
    );
    for (const [i, line] of STORY.entries()) await send(line, written[i] ?? '', began + i);
    await eventually('the request has its story, in its order', 10_000, async () => {
      assert.deepEqual(await logLines(server, `{namespace="prod"} | trace_id="${trace}"`), written);
    });
    assert.deepEqual(
      await logLines(server, `{service="payments-api", level="ERROR"} |= "card_declined" | trace_id="${trace}"`),
      [written[2]],
    );
    const timeouts = await logLines(server, '{namespace="prod", app="antifraud-service"} |= "TimeoutError"');
    assert.deepEqual(
      timeouts.filter((line) => line.includes(way)),
      [written[1]],
    );
    assert.deepEqual(await logLines(server, `{namespace="prod"} | request_id="r ${way}"`), written);
    assert.deepEqual(await logLines(server, `{namespace="prod"} | user_id="u ${way}"`), written);
    assert.deepEqual(await logLines(server, `{level=~"ERROR|CRITICAL"} | trace_id="${trace}"`), written.slice(1));
  });
