import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from '../../../server/src/base/free_port.ts';
import { eventually, type RunningServer, startServer } from '../running_server.ts';
import { foundLines, logLines } from './log_lines.ts';

const FLUENT_BIT = process.env.TRILITH_TEST_FLUENT_BIT;
const skip = FLUENT_BIT === undefined ? 'TRILITH_TEST_FLUENT_BIT names no fluent-bit' : false;

const KEY = 'a shared key';
let server: RunningServer;
let forwardPort: number;
let keyedPort: number;
let keyed: RunningServer;
let folder: string;
before(async () => {
  if (skip !== false) return;
  forwardPort = await freePort();
  keyedPort = await freePort();
  server = await startServer({ env: { TRILITH_FORWARD_LISTEN: `127.0.0.1:${forwardPort}` } });
  keyed = await startServer({
    env: { TRILITH_FORWARD_LISTEN: `127.0.0.1:${keyedPort}`, TRILITH_FORWARD_SHARED_KEY: KEY },
  });
  folder = await mkdtemp(join(tmpdir(), 'trilith-fluent-bit-'));
});
after(async () => {
  if (skip !== false) return;
  await server?.stop();
  await keyed?.stop();
  await rm(folder, { recursive: true, force: true });
});

const PARSERS = '[PARSER]\n    Name json\n    Format json\n';

/** Lines as services write them to stdout, told apart by `run`. */
function stdoutLines(run: string): { readonly lines: readonly string[]; readonly trace: string } {
  const trace = createHash('sha256').update(run).digest('hex').slice(0, 32);
  const record = (service: string, level: string, msg: string, more: object = {}): string =>
    JSON.stringify({ service, namespace: 'prod', app: service, level, msg: `${msg} ${run}`, trace_id: trace, ...more });
  return {
    trace,
    lines: [
      record('payments-api', 'INFO', 'session opened', { user_id: `u-${run}` }),
      record('antifraud-service', 'ERROR', 'TimeoutError', { request_id: `r-${run}` }),
      record('payments-api', 'ERROR', 'card_declined', {
        request_id: `r-${run}`,
        amount: 12345678901234567890n.toString(),
      }),
    ],
  };
}

interface Run {
  readonly name: string;
  /** The output's own lines. */
  readonly output: string;
  /** Whether the input reads the lines as JSON; otherwise each is a record `{log: line}`. */
  readonly parsed: boolean;
}

/** Runs Fluent Bit over a file of lines until `arrived` is content. */
async function send(
  { name, output, parsed }: Run,
  lines: readonly string[],
  arrived: () => Promise<void>,
): Promise<void> {
  const file = join(folder, `${name}.log`);
  const config = join(folder, `${name}.conf`);
  const parsers = join(folder, 'parsers.conf');
  await writeFile(parsers, PARSERS);
  await writeFile(file, `${lines.join('\n')}\n`);
  await writeFile(
    config,
    `[SERVICE]
    Flush 0.2
    Grace 1
    Log_Level error
    Parsers_File ${parsers}
[INPUT]
    Name tail
    Path ${file}
    Tag app.${name}
    Read_from_Head true
${parsed ? '    Parser json' : ''}
[OUTPUT]
    Match *
    Host 127.0.0.1
${output}
`,
  );
  const child: ChildProcess = spawn(FLUENT_BIT ?? '', ['-q', '-c', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await eventually(`the lines of ${name} have arrived`, 20_000, arrived);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** Sends lines by one output and asks for them as people do. */
async function holds(run: Run, to: () => RunningServer, stored: 'line' | 'record'): Promise<void> {
  const { lines, trace } = stdoutLines(run.name);
  await send(run, lines, async () => {
    assert.equal((await logLines(to(), `{level=~".+"} | trace_id="${trace}"`)).length, lines.length);
  });
  const errors = await logLines(to(), `{level="ERROR"} |= "card_declined ${run.name}" | trace_id="${trace}"`);
  assert.equal(errors.length, 1);
  if (stored === 'line') assert.deepEqual(errors, [lines[2]]);
  else
    assert.deepEqual(
      errors.map((line) => JSON.parse(line) as unknown),
      [JSON.parse(lines[2] ?? '')],
    );
  assert.equal((await logLines(to(), `{level=~".+"} | request_id="r-${run.name}"`)).length, 2);
  assert.equal((await logLines(to(), `{level=~".+"} | user_id="u-${run.name}"`)).length, 1);
}

test('the output loki: the queries people have today, verbatim', { skip }, async () => {
  const run: Run = {
    name: 'loki',
    parsed: true,
    output: `    Name loki
    Port ${server.port}
    Labels job=fluent-bit
    Label_Keys $service,$level,$namespace,$app`,
  };
  const { lines, trace } = stdoutLines(run.name);
  await send(run, lines, async () => {
    assert.equal((await logLines(server, '{job="fluent-bit"}')).length, lines.length);
  });
  const declined = `{service="payments-api", level="ERROR"} |= "card_declined" | trace_id="${trace}"`;
  const found = await foundLines(server, declined);
  assert.equal(found.length, 1);
  assert.equal(found[0]?.labels.service, 'payments-api');
  assert.equal((await logLines(server, '{namespace="prod", app="antifraud-service"} |= "TimeoutError"')).length, 1);
  const story = await logLines(server, `{job="fluent-bit"} | trace_id="${trace}"`);
  assert.deepEqual(
    story.map((line) => (JSON.parse(line) as { msg: string }).msg),
    ['session opened loki', 'TimeoutError loki', 'card_declined loki'],
  );
});

for (const format of ['json', 'json_lines', 'json_stream', 'msgpack'])
  for (const compress of ['', 'gzip', 'snappy', 'zstd']) {
    const name = `http-${format}${compress === '' ? '' : `-${compress}`}`;
    test(`the output http, ${format} ${compress}`, { skip }, async () => {
      const output = `    Name http
    Port ${server.port}
    URI /fluent
    Header_Tag Fluent-Tag
    Format ${format}${compress === '' ? '' : `\n    Compress ${compress}`}`;
      await holds({ name, parsed: false, output }, () => server, 'line');
    });
  }

test('the output http with records that were parsed: a record is its line, and names its stream', {
  skip,
}, async () => {
  const output = `    Name http
    Port ${server.port}
    URI /fluent
    Format json`;
  const run: Run = { name: 'http-parsed', parsed: true, output };
  await holds(run, () => server, 'record');
  const declined = `{service="payments-api", level="ERROR"} |= "card_declined http-parsed"`;
  assert.equal((await logLines(server, declined)).length, 1);
  const timeouts = '{namespace="prod", app="antifraud-service"} |= "TimeoutError http-parsed"';
  assert.equal((await logLines(server, timeouts)).length, 1);
});

const FORWARD: readonly (readonly [what: string, name: string, lines: string])[] = [
  ['plain', 'forward', ''],
  ['acknowledged', 'forward-ack', '\n    Require_ack_response true'],
  ['acknowledged and compressed', 'forward-gzip', '\n    Require_ack_response true\n    Compress gzip'],
  ['with integer times', 'forward-integer', '\n    Time_as_Integer true'],
];

for (const [what, name, lines] of FORWARD)
  test(`the output forward, ${what}`, { skip }, async () => {
    const output = `    Name forward\n    Port ${forwardPort}${lines}`;
    await holds({ name, parsed: false, output }, () => server, 'line');
  });

test('the output forward with a shared key', { skip }, async () => {
  const output = `    Name forward
    Port ${keyedPort}
    Shared_Key ${KEY}
    Self_Hostname web-1
    Require_ack_response true`;
  await holds({ name: 'forward-keyed', parsed: false, output }, () => keyed, 'line');
});

for (const compress of ['', 'gzip'])
  test(`the output opentelemetry ${compress}`, { skip }, async () => {
    const output = `    Name opentelemetry
    Port ${server.port}
    Logs_uri /v1/logs
    Logs_Body_Key log${compress === '' ? '' : `\n    Compress ${compress}`}`;
    const name = `otlp${compress}`;
    await holds({ name, parsed: false, output }, () => server, 'line');
  });

test('the output es', { skip }, async () => {
  const output = `    Name es
    Port ${server.port}
    Suppress_Type_Name On
    Logstash_Format On`;
  await holds({ name: 'es', parsed: false, output }, () => server, 'line');
});

const DOCUMENT = join(import.meta.dirname, '../../../docs/sending.md');
/** As the document has them. */
const DOCUMENTED = { key: 'secret', port: '3000', forward: '24224' };

test('every output of docs/sending.md works as it stands there', { skip }, async (t) => {
  const text = await readFile(DOCUMENT, 'utf8');
  const outputs = [...text.matchAll(/^\[OUTPUT\]\n((?: {4}.*\n)+)/gm)].map(([, lines]) => lines ?? '');
  assert.equal(outputs.length, 5);
  const forward = await freePort();
  const documented = await startServer({
    env: { TRILITH_FORWARD_LISTEN: `127.0.0.1:${forward}`, TRILITH_FORWARD_SHARED_KEY: DOCUMENTED.key },
  });
  t.after(() => documented.stop());
  for (const [index, lines] of outputs.entries()) {
    const output = lines
      .replace(/^ *(Match|Host) .*\n/gm, '')
      .replace(DOCUMENTED.forward, `${forward}`)
      .replace(DOCUMENTED.port, `${documented.port}`);
    await holds({ name: `documented-${index}`, parsed: false, output }, () => documented, 'line');
  }
});
