import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Secret } from '../../base/secret.ts';
import { createTelemetry } from '../../base/telemetry/telemetry.ts';
import type { Outcome, Submission } from '../../model/ingest.ts';
import { labelsToRecord } from '../../model/labels.ts';
import { builtinJob, type ScrapeJob } from './config/types.ts';
import { createScrapeManager } from './manager.ts';
import { isScrapeMeta, type ScrapeMeta } from './meta.ts';
import { RELABEL_DEFAULTS } from './relabel.ts';
import { offsetOf, targetsOf } from './targets.ts';

const TEXT = { 'content-type': 'text/plain; version=0.0.4' };
const NO_COUNTS = { samples: 0, histograms: 0, exemplars: 0, logs: 0, spans: 0 };
const STORED: Outcome = {
  kind: 'stored',
  accepted: NO_COUNTS,
  rejections: [],
  report: { scraped: 1, stored: 1, added: 0, error: '' },
};
const closing: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closing) await close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  closing.push(async () => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Seen {
  readonly meta: ScrapeMeta;
  readonly submission: Submission;
}

/** A manager whose submissions can be waited for; `outcome` answers them. */
function manager(outcome: (seen: Seen) => Outcome = () => STORED) {
  const seen: Seen[] = [];
  const waiting: { wanted: (seen: Seen) => boolean; resolve: (seen: Seen) => void }[] = [];
  const { log, metrics, tracer } = createTelemetry({ version: '0', write: () => undefined });
  const scraper = createScrapeManager({
    tenant: 'trilith',
    log,
    metrics,
    tracer,
    async submit(submission) {
      assert.ok(isScrapeMeta(submission.meta));
      const one = { meta: submission.meta, submission };
      seen.push(one);
      for (const { wanted, resolve } of waiting) if (wanted(one)) resolve(one);
      return outcome(one);
    },
  });
  closing.push(async () => scraper[Symbol.asyncDispose]());
  const next = (wanted: (seen: Seen) => boolean): Promise<Seen> =>
    new Promise((resolve) => waiting.push({ wanted, resolve }));
  return { scraper, seen, next };
}

const job = (address: string, settings: Partial<ScrapeJob> = {}): ScrapeJob => ({
  ...builtinJob('j', 50, '/metrics', address),
  ...settings,
});

/** Long enough that a busy machine answers in time. */
const PATIENT: Partial<ScrapeJob> = { intervalMs: 1_000, timeoutMs: 1_000 };

test('a target is asked as Prometheus asks, and its answer handed on with its encoding and format', async () => {
  let headers: IncomingHttpHeaders = {};
  const address = await serve((request, response) => {
    headers = request.headers;
    response.writeHead(200, {
      'content-type': 'application/openmetrics-text; version=1.0.0',
      'content-encoding': 'gzip',
    });
    response.end(gzipSync('a 1\n# EOF\n'));
  });
  const { scraper, next } = manager();
  const arrived = next(() => true);
  await scraper.apply([
    job(address, {
      ...PATIENT,
      auth: { kind: 'header', scheme: 'Bearer', credentials: { kind: 'inline', value: new Secret('s3') } },
    }),
  ]);
  const { meta, submission } = await arrived;
  assert.deepEqual([submission.encoding, meta.format, meta.kind], ['gzip', 'openmetrics', 'scraped']);
  assert.deepEqual({ ...labelsToRecord(meta.labels) }, { job: 'j', instance: address });
  assert.match(headers.accept ?? '', /application\/openmetrics-text;version=1\.0\.0.*text\/plain;version=0\.0\.4/);
  assert.deepEqual(
    [headers.authorization, headers['accept-encoding'], headers['x-prometheus-scrape-timeout-seconds']],
    ['Bearer s3', 'gzip', '1'],
  );
  await next(() => scraper.targets()[0]?.health === 'up');
});

test('a target that answers badly, too much, or not at all is down, and says why', async () => {
  const address = await serve((request, response) => {
    if (request.url === '/404') response.writeHead(404).end();
    else if (request.url === '/large') response.writeHead(200, TEXT).end(`a 1\n#${'x'.repeat(100)}\n`);
    else if (request.url === '/br') response.writeHead(200, { 'content-encoding': 'br' }).end('x');
  });
  const { scraper, next } = manager();
  const failed = new Set<number>();
  const all = next(({ meta }) => meta.kind === 'failed' && failed.add(meta.target).size === 5);
  const one = (name: string, settings: Partial<ScrapeJob>) => job(address, { name, ...PATIENT, ...settings });
  await scraper.apply([
    one('status', { metricsPath: '/404' }),
    one('large', { metricsPath: '/large', bodySizeLimit: 50 }),
    one('encoding', { metricsPath: '/br' }),
    one('silent', { metricsPath: '/silent', timeoutMs: 20 }),
    one('refused', { groups: [{ targets: ['127.0.0.1:1'], labels: {} }] }),
  ]);
  await all;
  await next(() => scraper.targets().every(({ health }) => health === 'down'));
  const reasons = Object.fromEntries(scraper.targets().map((target) => [target.job, target.lastError]));
  assert.match(reasons.status ?? '', /HTTP status 404/);
  assert.match(reasons.large ?? '', /body size limit exceeded/);
  assert.match(reasons.encoding ?? '', /"br" was not asked for/);
  assert.match(reasons.silent ?? '', /no answer within 20 ms/);
  assert.match(reasons.refused ?? '', /ECONNREFUSED/);
});

test('a body that cannot be decompressed is stored as a failed scrape', async () => {
  const address = await serve((_, response) =>
    response.writeHead(200, { ...TEXT, 'content-encoding': 'gzip' }).end('not gzip'),
  );
  const { scraper, next } = manager(({ meta }) =>
    meta.kind === 'scraped' ? { kind: 'undecodable', message: 'incorrect header check' } : STORED,
  );
  const failed = next(({ meta }) => meta.kind === 'failed');
  await scraper.apply([job(address)]);
  await failed;
  await next(() => scraper.targets()[0]?.lastError === 'incorrect header check');
});

test('what the pipeline did not take is told with the next scrape', async () => {
  const address = await serve((_, response) => response.writeHead(200, TEXT).end('a 1\n'));
  let round = 0;
  const { scraper, next } = manager(() =>
    round++ === 0 ? { kind: 'unavailable', message: 'disk full', retryAfterSeconds: 1 } : STORED,
  );
  const told = next(({ meta }) => meta.previousLost);
  await scraper.apply([job(address)]);
  await told;
  await next(({ meta }) => !meta.previousLost);
});

test('a removed target ends; one whose settings change goes on under a new variant', async () => {
  const address = await serve((_, response) => response.writeHead(200, TEXT).end('a 1\n'));
  const other = await serve((_, response) => response.writeHead(200, TEXT).end('b 1\n'));
  const { scraper, next, seen } = manager();
  const both = job(address, { groups: [{ targets: [address, other], labels: {} }] });
  const started = Promise.all([
    next(({ meta }) => meta.labels.includes(address)),
    next(({ meta }) => meta.labels.includes(other)),
  ]);
  await scraper.apply([both]);
  const [{ meta: first }, { meta: gone }] = await started;
  await scraper.apply([job(address, { honorLabels: true })]);
  assert.equal(
    seen.some(({ meta }) => meta.kind === 'removed' && meta.target === gone.target),
    true,
  );
  const { meta: later } = await next(({ meta }) => meta.honorLabels);
  assert.equal(later.target, first.target);
  assert.notEqual(later.variant, first.variant);
  assert.equal(scraper.targets().length, 1);
});

test('relabelling decides address, labels, and who is scraped at all', () => {
  const relabel = [
    { ...RELABEL_DEFAULTS, action: 'drop' as const, sourceLabels: ['role'], regex: 'none' },
    { ...RELABEL_DEFAULTS, sourceLabels: ['__address__'], targetLabel: '__param_target' },
    { ...RELABEL_DEFAULTS, sourceLabels: ['__param_target'], targetLabel: 'instance' },
    { ...RELABEL_DEFAULTS, targetLabel: '__address__', replacement: 'blackbox:9115' },
  ];
  const groups = [
    { targets: ['https.example:443', ''], labels: { env: 'prod' } },
    { targets: ['x'], labels: { role: 'none' } },
  ];
  const { targets, broken, dropped } = targetsOf(
    job('', { metricsPath: '/probe', params: [['module', 'http_2xx']], groups, relabel }),
  );
  assert.deepEqual(
    targets.map(({ url }) => url),
    [
      'http://blackbox:9115/probe?module=http_2xx&target=https.example%3A443',
      'http://blackbox:9115/probe?module=http_2xx',
    ],
  );
  assert.deepEqual(
    { ...labelsToRecord(targets[0]?.labels ?? []) },
    { env: 'prod', instance: 'https.example:443', job: 'j' },
  );
  assert.deepEqual([broken.length, dropped.length], [0, 1]);
  const bad = targetsOf(job('', { groups: [{ targets: ['', 'a b', 'user@host', 'ok:1'], labels: {} }] }));
  assert.deepEqual([bad.broken.length, bad.targets.length], [3, 1]);
  assert.deepEqual(
    targetsOf(job('a:1', { targetLimit: 1, groups: [{ targets: ['a:1', 'b:1'], labels: {} }] })).targets,
    [],
  );
});

test('targets are spread over the interval, each always at the same offset', () => {
  const addresses = Array.from({ length: 200 }, (_, i) => `host-${i}:9100`);
  const { targets } = targetsOf(job('', { intervalMs: 15_000, groups: [{ targets: addresses, labels: {} }] }));
  const offsets = targets.map(offsetOf);
  assert.deepEqual(offsets, targets.map(offsetOf));
  const thirds = [0, 1, 2].map((third) => offsets.filter((offset) => Math.floor(offset / 5_000) === third).length);
  assert.equal(
    thirds.every((count) => count > 40),
    true,
    String(thirds),
  );
});
