/**
 * Takes the pictures of the README from the running program: starts a server and the demo (two faults on) in a
 * temporary directory, waits until every view has something to show, and writes `docs/screenshots/*.png`.
 * `--out DIR` writes elsewhere, `--url URL` takes them from a server and demo that run; further arguments name pictures.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import type { TraceAnswer, TraceSearchAnswer } from '../contract/src/index.ts';

const root = join(import.meta.dirname, '..');
const readyMs = 60_000;
const dataMs = 150_000;
/** The load runs this long before the first picture, so that graphs are lines and not dots. */
const warmUpMs = 240_000;
/** The demo takes the port it is given and the next ones. */
const demoPorts = 16;

interface Picture {
  readonly name: string;
  readonly theme: 'dark' | 'light';
  readonly language: 'en' | 'ru';
  readonly phone: boolean;
  readonly path: string;
  /** What must be on the page before the picture is taken. */
  readonly shows: string;
  /** What is clicked then, and what that must show. */
  readonly opens?: readonly [string, string];
}

const metricsQuery = 'sum by (status) (rate(http_requests_total[1m]))';
const logsQuery = '{service="payments-api"} | level=~"ERROR|CRITICAL|FATAL"';

function pictures(traceId: string): readonly Picture[] {
  const last5 = 'from=now-5m&to=now&tz=utc';
  const wide = { phone: false, language: 'en' } as const;
  const home = { path: `/?${last5}`, shows: '.problems li >> nth=0' };
  const metrics = { path: `/explore/metrics?${last5}&q=${encodeURIComponent(metricsQuery)}`, shows: '.uplot canvas' };
  const opens = ['.log-line >> nth=5', '.detail pre'] as const;
  const logs = { path: `/explore/logs?${last5}&q=${encodeURIComponent(logsQuery)}`, shows: '.log-line >> nth=3' };
  const some = `from=now-5m&to=now&tz=utc&q=${encodeURIComponent('{service=~".+"}')}`;
  const patterns = { path: `/explore/logs?${some}&view=patterns`, shows: '.pattern >> nth=3' };
  const heat = `${last5}&tab=heatmap&q=${encodeURIComponent('sum by (le) (rate(http_request_duration_seconds_bucket[1m]))')}`;
  const trace = { path: `/trace/${traceId}?tz=utc`, shows: '.log-row >> nth=0' };
  const traces = { path: `/explore/traces?${last5}&sel=errors`, shows: '.trace-difference >> nth=1' };
  const map = { path: `/map?${last5}&node=payments-api`, shows: '.map-node >> nth=5' };
  const signals = { path: `/services/payments-api/signals?${last5}`, shows: '.trace-dot >> nth=0' };
  return [
    { ...wide, ...home, name: 'home-dark', theme: 'dark' },
    { ...wide, ...home, name: 'home-light', theme: 'light' },
    { ...wide, ...metrics, name: 'metrics-light', theme: 'light' },
    { ...wide, ...logs, name: 'logs-light', theme: 'light', opens },
    { ...wide, ...logs, name: 'logs-dark', theme: 'dark', opens },
    { ...wide, ...patterns, name: 'patterns-dark', theme: 'dark' },
    { ...wide, path: `/explore/metrics?${heat}`, shows: '.heatmap canvas', name: 'heatmap-dark', theme: 'dark' },
    { ...wide, path: `/data/cardinality?${last5}`, shows: 'table tbody tr', name: 'cardinality-light', theme: 'light' },
    { ...wide, ...trace, name: 'trace-dark', theme: 'dark' },
    { ...wide, ...traces, name: 'traces-light', theme: 'light' },
    { ...wide, ...map, name: 'map-dark', theme: 'dark' },
    { ...wide, ...signals, name: 'service-light', theme: 'light' },
    { ...wide, path: '/data?tz=utc', shows: 'table tbody tr >> nth=2', name: 'data-light', theme: 'light' },
    { ...home, name: 'home-phone', theme: 'dark', language: 'en', phone: true },
    { ...logs, name: 'logs-phone', theme: 'light', language: 'en', phone: true },
    { ...home, name: 'home-ru', theme: 'dark', language: 'ru', phone: false },
  ];
}

async function take(browser: Browser, url: string, picture: Picture, out: string): Promise<void> {
  const context = await browser.newContext({
    viewport: picture.phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
    deviceScaleFactor: 1,
    colorScheme: picture.theme,
    locale: picture.language === 'ru' ? 'ru-RU' : 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(url + picture.path);
  await page.waitForSelector(picture.shows, { timeout: readyMs });
  if (picture.opens !== undefined) {
    await page.click(picture.opens[0]);
    await page.waitForSelector(picture.opens[1], { timeout: readyMs });
    // Stack traces name the directory the program was started in; the picture must not.
    await page.locator(picture.opens[1]).evaluate((element, directory) => {
      element.textContent = (element.textContent ?? '').replaceAll(directory, '/srv/trilith');
    }, root);
  }
  await page.waitForSelector('[aria-busy="true"]', { state: 'detached', timeout: readyMs });
  await page.waitForLoadState('networkidle');
  const path = join(out, `${picture.name}.png`);
  const bytes = repacked(await page.screenshot());
  await writeFile(path, bytes);
  process.stdout.write(`${picture.name}.png ${Math.round(bytes.length / 1024)} KB\n`);
  await context.close();
}

/**
 * Undoes the filters of PNG's rows (PNG specification, section 9): text on even ground deflates far better without.
 * `stride` is the bytes of a row without its filter byte.
 */
function unfiltered(rows: Buffer, stride: number, bytesPerPixel: number): Buffer {
  const out = Buffer.from(rows);
  for (let start = 0; start < out.length; start += stride + 1) {
    const filter = out[start] ?? 0;
    out[start] = 0;
    for (let at = start + 1; at <= start + stride; at += 1) {
      const inRow = at - start > bytesPerPixel;
      const left = inRow ? (out[at - bytesPerPixel] ?? 0) : 0;
      const up = start === 0 ? 0 : (out[at - stride - 1] ?? 0);
      const upLeft = inRow && start > 0 ? (out[at - stride - 1 - bytesPerPixel] ?? 0) : 0;
      const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, upLeft)];
      out[at] = ((out[at] ?? 0) + (guesses[filter] ?? 0)) & 0xff;
    }
  }
  return out;
}

function paeth(left: number, up: number, upLeft: number): number {
  const guess = left + up - upLeft;
  const [toLeft, toUp, toUpLeft] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - upLeft)];
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}

/** The same PNG with its pixels deflated as well as zlib can; the browser is in a hurry. */
function repacked(png: Buffer): Buffer {
  const pixels: Buffer[] = [];
  const head: Buffer[] = [png.subarray(0, 8)];
  const tail: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const end = at + 12 + png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') pixels.push(png.subarray(at + 8, end - 4));
    else (pixels.length === 0 ? head : tail).push(png.subarray(at, end));
    at = end;
  }
  // The header's chunk begins at byte 8: width at 16, colour type at 25 (2 is RGB, 6 RGBA; 8 bits each).
  const bytesPerPixel = png[25] === 6 ? 4 : 3;
  const plain = unfiltered(inflateSync(Buffer.concat(pixels)), png.readUInt32BE(16) * bytesPerPixel, bytesPerPixel);
  const data = deflateSync(plain, { level: 9, memLevel: 9 });
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write('IDAT', 4, 'latin1');
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return Buffer.concat([...head, chunk, ...tail]);
}

/** A trace of the last minutes that failed, with the most spans and some log lines; null while there is none. */
async function failedTrace(url: string): Promise<string | null> {
  const now = Date.now();
  const search = {
    service: 'payments-api',
    status: 'error',
    limit: '20',
    from: String(now - 300_000),
    to: String(now),
  };
  const response = await fetch(`${url}/api/traces/search?${new URLSearchParams(search)}`);
  if (!response.ok) return null;
  const { traces } = (await response.json()) as TraceSearchAnswer;
  let best: { readonly id: string; readonly size: number } | null = null;
  for (const { traceId } of traces) {
    const answer = await fetch(`${url}/api/traces/${traceId}`);
    if (!answer.ok) continue;
    const { spans, logs } = (await answer.json()) as TraceAnswer;
    const size = logs.length === 0 ? 0 : spans.length + logs.length;
    if (size > (best?.size ?? 0)) best = { id: traceId, size };
  }
  return best?.id ?? null;
}

/** The first of `count` neighbouring ports nobody listens on. */
async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const first = 20_000 + Math.floor(Math.random() * 30_000);
    const free = await Promise.all(Array.from({ length: count }, (_, at) => isFree(first + at)));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} neighbouring ports are free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function eventually<T>(what: string, withinMs: number, look: () => Promise<T | null>): Promise<T> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const seen = await look().catch(() => null);
    if (seen !== null) return seen;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`not within ${withinMs / 1000} s: ${what}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}

/** A server and the demo of our own, loaded long enough for pictures. */
async function startBoth(): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const data = await mkdtemp(join(tmpdir(), 'trilith-screenshots-'));
  const port = await freePorts(1);
  const demoPort = await freePorts(demoPorts);
  const url = `http://127.0.0.1:${port}`;
  // The demo starts the server: then its metrics are scraped.
  const args = ['--url', url, '--base-port', String(demoPort), '--fault', 'card_declined,timeout_error'];
  const demo = spawn(process.execPath, [join(root, 'demo/src/main.ts'), ...args], {
    env: { ...process.env, TRILITH_DATA: data, TRILITH_OTLP_LISTEN: 'off' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = async (): Promise<void> => {
    await ended(demo);
    await rm(data, { recursive: true, force: true });
  };
  try {
    await eventually('the server is ready', readyMs, async () => ((await fetch(`${url}/readyz`)).ok ? true : null));
    process.stdout.write(`${url}: the demo runs for ${warmUpMs / 1000} s first\n`);
    await new Promise((resolve) => setTimeout(resolve, warmUpMs));
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const { values, positionals } = parseArgs({
  options: { out: { type: 'string' }, url: { type: 'string' } },
  allowPositionals: true,
});
const out = values.out ?? join(root, 'docs/screenshots');
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(chromiumPath)) throw new Error(`no Chromium at ${chromiumPath}; set CHROMIUM`);
const built = spawnSync(process.execPath, [join(root, 'web/build.ts'), '--if-stale'], { stdio: 'inherit' });
if (built.status !== 0) throw new Error('the web UI did not build');
const both =
  values.url === undefined ? await startBoth() : { url: values.url, stop: (): Promise<void> => Promise.resolve() };
try {
  const traceId = await eventually('a failed trace with log lines', dataMs, () => failedTrace(both.url));
  await mkdir(out, { recursive: true });
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-lcd-text'],
  });
  for (const picture of pictures(traceId)) {
    if (positionals.length === 0 || positionals.includes(picture.name)) await take(browser, both.url, picture, out);
  }
  await browser.close();
} finally {
  await both.stop();
}
