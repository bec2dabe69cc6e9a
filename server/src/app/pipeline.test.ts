import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission, IngestUnavailable } from '../ingest/index.ts';
import type { DoorName, Outcome, Submission } from '../model/ingest.ts';
import type { DecodeAnswer, DecodeNotice } from './decode_messages.ts';
import { bodyHash, createPipeline, type PipelineOptions } from './pipeline.ts';

const ACCEPTED = { samples: 2, histograms: 0, exemplars: 0, logs: 0, spans: 0 };
const SECTION = { table: 'samples', day: 20261122, rows: 2, block: new Uint8Array(4) };
const DECODED = {
  kind: 'decoded',
  token: 7,
  sections: [SECTION],
  accepted: ACCEPTED,
  rejections: [],
} as unknown as DecodeAnswer;

const submission = (text = 'body', door: DoorName = 'remote-write-1'): Submission => ({
  door,
  tenant: 'trilith',
  encoding: 'snappy',
  body: new Uint8Array(Buffer.from(text)),
});

interface Setup {
  readonly answer?: DecodeAnswer | Error;
  readonly append?: Error;
  readonly refusal?: IngestUnavailable;
  readonly bytesPerSecond?: number;
}

function setup({ answer = DECODED, append, refusal, bytesPerSecond = 1e9 }: Setup) {
  const notices: DecodeNotice[] = [];
  const outcomes: Outcome[] = [];
  const errors: unknown[] = [];
  const known = new Set<string>();
  const seen = { calls: 0, appends: 0 };
  const told: string[] = [];
  const spent: ArrayBuffer[] = [];
  const ingest = {
    refusal: () => refusal,
    seenBefore: (hash: Uint8Array) => known.has(Buffer.from(hash).toString('hex')),
    async append(_tenant: string, _sections: unknown, options?: { readonly bodyHash?: Uint8Array }) {
      seen.appends++;
      if (append !== undefined) throw append;
      if (options?.bodyHash !== undefined) known.add(Buffer.from(options.bodyHash).toString('hex'));
      return 'stored';
    },
  } as unknown as PipelineOptions['ingest'];
  const submit = createPipeline({
    storedUntilMs: () => 0,
    onStages: () => undefined,
    onStored: (tenant, sections) => told.push(`${tenant} ${sections.length}`),
    decoder: {
      async call() {
        seen.calls++;
        if (answer instanceof Error) throw answer;
        return answer;
      },
      notify: (notice) => notices.push(notice),
    },
    ingest,
    admission: new Admission({ bytesPerSecond, burstSeconds: 1 }),
    maxQueuedBytes: 1e6,
    now: () => 0,
    onSpent: (buffer) => spent.push(buffer),
    onOutcome: (_, outcome) => outcomes.push(outcome),
    onError: (error) => errors.push(error),
  });
  return { submit, notices, outcomes, errors, seen, told, spent };
}

test('what is in the log is stored, and the decoder is told', async () => {
  const { submit, notices, outcomes, seen } = setup({});
  const outcome = await submit(submission());
  assert.ok(outcome.kind === 'stored');
  assert.deepEqual(outcome.accepted, ACCEPTED);
  assert.deepEqual(notices, [{ kind: 'written', token: 7 }]);
  assert.deepEqual(outcomes, [outcome]);
  assert.equal(seen.appends, 1);
});

test('the same bytes again are acknowledged without another row; two equal scrapes are two', async () => {
  const { submit, seen } = setup({});
  await submit(submission());
  assert.equal((await submit(submission())).kind, 'stored');
  assert.deepEqual(seen, { calls: 1, appends: 1 });
  await submit(submission('x', 'scrape'));
  await submit(submission('x', 'scrape'));
  assert.equal(seen.appends, 3);
});

test('a sender that is answered record by record gets its report again, and no other row', async () => {
  const { submit, seen, notices } = setup({});
  const asked = (): Submission => ({ ...submission(), needsReport: true });
  await submit(asked());
  const again = await submit(asked());
  assert.ok(again.kind === 'stored');
  assert.deepEqual(seen, { calls: 2, appends: 1 });
  assert.deepEqual(notices.at(-1), { kind: 'failed', token: 7 });
});

test('tenant, door, encoding and place are part of what names a request', () => {
  const hash = (one: Submission): string => Buffer.from(bodyHash(one)).toString('hex');
  const base = submission();
  const all = [
    base,
    { ...base, tenant: 'b' },
    { ...base, door: 'remote-write-2' as const },
    { ...base, encoding: 'gzip' as const },
    { ...base, place: 'index-a' },
    submission('other'),
  ];
  assert.equal(new Set(all.map(hash)).size, all.length);
  assert.equal(hash(base), hash(submission()));
});

test('above its rate a tenant is told when to come back', async () => {
  const { submit, seen } = setup({ bytesPerSecond: 4 });
  await submit(submission('1234'));
  const outcome = await submit(submission('5678'));
  assert.ok(outcome.kind === 'over-quota');
  assert.ok(outcome.retryAfterSeconds >= 1);
  assert.equal(seen.calls, 1);
});

test('while ingest refuses, nothing is decoded', async () => {
  const refusal = new IngestUnavailable('disk', 'the disk is full', 9);
  const { submit, seen, errors } = setup({ refusal });
  assert.deepEqual(await submit(submission()), {
    kind: 'unavailable',
    message: 'the disk is full',
    retryAfterSeconds: 9,
  });
  assert.deepEqual([seen.calls, errors.length], [0, 0]);
});

for (const kind of ['undecodable', 'unsupported', 'too-large'] as const) {
  test(`what the decoder calls ${kind} is answered as that and not logged`, async () => {
    const { submit, seen } = setup({ answer: { kind, message: 'why' } });
    assert.deepEqual(await submit(submission()), { kind, message: 'why' });
    assert.equal(seen.appends, 0);
  });
}

test('a failed append is unavailable, and the decoder forgets what it took as written', async () => {
  const { submit, notices, errors } = setup({ append: new IngestUnavailable('log-full', 'log is full', 3) });
  assert.deepEqual(await submit(submission()), { kind: 'unavailable', message: 'log is full', retryAfterSeconds: 3 });
  assert.deepEqual(notices, [{ kind: 'failed', token: 7 }]);
  assert.equal(errors.length, 0);
});

test('what breaks unforeseen keeps the data with the sender and is reported', async () => {
  const broken = new Error('boom');
  const { submit, errors } = setup({ answer: broken });
  assert.equal((await submit(submission())).kind, 'unavailable');
  assert.deepEqual(errors, [broken]);
});

test('queries are told of what is on disk, once, and of nothing that was refused', async () => {
  const { submit, told } = setup({});
  await submit(submission());
  assert.deepEqual(told, ['trilith 1']);
  await submit(submission());
  assert.deepEqual(told, ['trilith 1']);
  const refused = setup({ append: new IngestUnavailable('disk', 'full', 5) });
  await refused.submit(submission());
  assert.deepEqual(refused.told, []);
});

test('the memory of a body comes back, of a refused one too', async () => {
  for (const answer of [DECODED, { kind: 'undecodable', message: 'why' } as const]) {
    const body = new ArrayBuffer(8);
    const { submit, spent } = setup({ answer: { ...answer, spent: body } });
    await submit(submission());
    assert.deepEqual(spent, [body]);
  }
});
