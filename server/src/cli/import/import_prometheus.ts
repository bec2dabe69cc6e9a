import { resolve } from 'node:path';
import type { ImportAnswer } from '@trilith/contract';
import { CommandError, type ServerAddress, serverAddress } from '../http.ts';
import { BlockFormatError } from './bit_reader.ts';
import { type Block, type BlockMeta, listBlocks, openBlock, type TsdbDirectory } from './block.ts';
import { type BlockRequest, blockRequests, type Skipped } from './block_requests.ts';
import { importLimits, sendImport } from './import_client.ts';
import { ImportState, ImportStateError } from './import_state.ts';
import { count, Progress } from './progress.ts';

const USAGE = 'usage: trilith import prometheus DIRECTORY [--state FILE] [--skip-expired]';
const STATE_FILE = 'trilith-import.json';
/** Requests on their way at once: the server decodes one while it writes another. */
const AT_ONCE = 3;

interface Options {
  readonly directory: string;
  readonly state: string;
  /** Whether samples that retention would drop are left out instead of refusing the import. */
  readonly skipExpired: boolean;
}

/**
 * `trilith import prometheus DIR`: sends the blocks of a Prometheus data directory to the running server (TRILITH_URL, with
 * TRILITH_KEY an admin's key). An import that was stopped goes on where the server had acknowledged.
 * @returns the exit code: 0, or 1 when something was damaged and left out
 * @throws CommandError when it cannot begin or the server will not go on
 */
export async function importCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  print: (line: string) => void,
): Promise<number> {
  const options = parseOptions(args);
  const server = serverAddress(env);
  const found = list(options.directory);
  const { oldestMs, retentionDays } = await importLimits(server);
  const kept = found.blocks.filter(({ maxMs }) => maxMs > oldestMs);
  refuseExpired(found.blocks, options, oldestMs, retentionDays);
  const state = openState(options.state, server);
  const pending = kept.filter(({ ulid }) => !state.isDone(ulid));
  announce(found, kept, pending, print);
  const total = pending.reduce((sum, { samples }) => sum + samples, 0);
  const sent = pending.reduce((sum, { ulid }) => sum + (state.position(ulid)?.samples ?? 0), 0);
  const progress = new Progress(print, total, sent);
  let problems = found.broken.length;
  for (const { name, reason } of found.broken) print(`${name}: left out: ${reason}`);
  const refused = { count: 0, first: '' };
  for (const meta of pending)
    problems += await importBlock(meta, { server, state, progress, oldestMs, print, refused });
  print(`done: ${count(progress.done - sent)} samples of ${pending.length} blocks sent`);
  if (problems > 0) print(`${count(problems)} blocks or chunks were damaged and left out`);
  if (refused.count > 0) print(`the server refused ${count(refused.count)} of them, the first as ${refused.first}`);
  return problems + refused.count > 0 ? 1 : 0;
}

function parseOptions(args: readonly string[]): Options {
  const [source, ...rest] = args;
  if (source !== 'prometheus') throw new CommandError(USAGE);
  let directory: string | undefined;
  let state = STATE_FILE;
  let skipExpired = false;
  for (let i = 0; i < rest.length; i++) {
    const argument = rest[i] ?? '';
    if (argument === '--skip-expired') skipExpired = true;
    else if (argument === '--state' && rest[i + 1] !== undefined) state = rest[++i] ?? '';
    else if (argument.startsWith('-') || directory !== undefined) throw new CommandError(USAGE);
    else directory = argument;
  }
  if (directory === undefined) throw new CommandError(USAGE);
  return { directory: resolve(directory), state: resolve(state), skipExpired };
}

function list(directory: string): TsdbDirectory {
  try {
    const found = listBlocks(directory);
    if (found.blocks.length + found.broken.length > 0) return found;
  } catch (error) {
    throw new CommandError(`cannot read ${directory}: ${(error as Error).message}`, { cause: error });
  }
  throw new CommandError(`${directory} has no blocks of Prometheus (directories with meta.json, index and chunks)`);
}

function refuseExpired(blocks: readonly BlockMeta[], options: Options, oldestMs: number, days: number): void {
  const expired = blocks.filter(({ minMs }) => minMs < oldestMs);
  const [first] = expired;
  if (first === undefined || options.skipExpired) return;
  throw new CommandError(
    `${expired.length} blocks have samples from before ${new Date(oldestMs).toISOString()} (the first from ` +
      `${new Date(first.minMs).toISOString()}), which the server would drop: it keeps metrics for ${days} days. ` +
      'Raise retention.metrics_days (TRILITH_RETENTION_METRICS_DAYS), or leave them out with --skip-expired',
  );
}

function openState(path: string, { url }: ServerAddress): ImportState {
  try {
    return new ImportState(path, url);
  } catch (error) {
    if (!(error instanceof ImportStateError)) throw error;
    throw new CommandError(`${error.message}; name another one with --state`, { cause: error });
  }
}

function announce(
  { blocks, hasHead }: TsdbDirectory,
  kept: readonly BlockMeta[],
  pending: readonly BlockMeta[],
  print: (line: string) => void,
): void {
  const samples = pending.reduce((sum, block) => sum + block.samples, 0);
  print(`${pending.length} of ${blocks.length} blocks to import, ${count(samples)} samples`);
  if (kept.length < blocks.length) print(`${blocks.length - kept.length} blocks are older than retention: left out`);
  if (pending.length < kept.length) print(`${kept.length - pending.length} blocks were imported before`);
  if (hasHead) {
    print('the samples of the last hours are in no block yet (wal): stop Prometheus after remote_write has caught up,');
    print('or import a snapshot of it (POST /api/v1/admin/tsdb/snapshot)');
  }
}

interface Run {
  readonly server: ServerAddress;
  readonly state: ImportState;
  readonly progress: Progress;
  readonly oldestMs: number;
  readonly print: (line: string) => void;
  /** Samples the server did not take, and why not the first of them. */
  readonly refused: { count: number; first: string };
}

/** Sends one block. Returns how much of it was damaged: 1 for all of it, else the number of chunks. */
async function importBlock(meta: BlockMeta, run: Run): Promise<number> {
  const skipped: Skipped = { damagedChunks: 0, damage: '' };
  try {
    using block = openBlock(meta);
    checkSeries(block);
    const from = run.state.position(meta.ulid);
    await sendAll(meta, blockRequests(block, meta, from, run.oldestMs, skipped), run);
  } catch (error) {
    if (!(error instanceof BlockFormatError) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    run.print(`${meta.ulid}: damaged, left out: ${(error as Error).message}`);
    return 1;
  }
  if (skipped.damagedChunks > 0) {
    run.print(`${meta.ulid}: ${count(skipped.damagedChunks)} damaged chunks left out, the first: ${skipped.damage}`);
  }
  run.state.finish(meta.ulid);
  return skipped.damagedChunks;
}

/** Every series that the list of all of them names must have been found. */
function checkSeries({ index }: Block): void {
  let found = 0;
  for (const _ of index.series()) found++;
  if (found !== index.seriesCount) {
    throw new BlockFormatError(`index: ${found} series where the postings name ${index.seriesCount}`);
  }
}

/** Sends requests, a few at once; the state follows what has been acknowledged without a gap. */
async function sendAll(meta: BlockMeta, requests: Iterable<BlockRequest>, run: Run): Promise<void> {
  const sending: { readonly request: BlockRequest; readonly answer: Promise<ImportAnswer> }[] = [];
  const acknowledge = async (): Promise<void> => {
    const next = sending.shift();
    if (next === undefined) return;
    const { rejections } = await next.answer;
    const full = rejections.find(({ reason }) => reason === 'series_limit');
    if (full !== undefined) {
      throw new CommandError(
        `the server takes no more series: ${full.message}. Raise limits.active_series (TRILITH_ACTIVE_SERIES) and ` +
          'run the import again: it goes on from here',
      );
    }
    for (const { reason, count: refused, message } of rejections) {
      run.refused.count += refused;
      run.refused.first ||= `${reason}: ${message}`;
    }
    run.state.advance(meta.ulid, next.request.position);
    run.progress.add(next.request.samples, meta.ulid);
  };
  try {
    for (const request of requests) {
      const answer = sendImport(run.server, request.body);
      // Awaited in order; until its turn comes a failure must not be an unhandled one.
      answer.catch(() => undefined);
      sending.push({ request, answer });
      if (sending.length >= AT_ONCE) await acknowledge();
    }
    while (sending.length > 0) await acknowledge();
  } finally {
    await Promise.allSettled(sending.map(({ answer }) => answer));
  }
}
