import type { Labels } from '../../model/labels.ts';
import { SampleBuffer } from '../head/sample_buffer.ts';
import type { TenantHead } from '../head/tenant_head.ts';
import type { IndexFeed } from '../index_feed.ts';
import type { SeriesIndex } from '../series_index.ts';
import { tooManySamples } from './promql_error.ts';
import { boundedSelection } from './query_bounds.ts';
import type { SampleSource, Selection, SeriesHistograms, SeriesSet } from './source.ts';
import { type ReferencedSet, type StoreSource, translated } from './store_source.ts';

export interface HeadSourceOptions {
  readonly head: TenantHead;
  readonly store: StoreSource;
  readonly index: SeriesIndex;
  readonly feed: IndexFeed;
  /** Series one selector may match. */
  readonly maxSeries: number;
}

/**
 * Samples from memory where memory has all of them, and from the store before that. Series with native histograms, and
 * selections that want start timestamps, are the store's alone.
 */
export function headSource({ head, store, index, feed, maxSeries }: HeadSourceOptions): SampleSource {
  return {
    selectNow(selection, maxSamples) {
      if (!feed.isComplete() || selection.starts === true || selection.fromMs < head.head.floorMs) return undefined;
      const references = boundedSelection(index, selection, maxSeries);
      const [plain, withHistograms] = split(references, head, index);
      if (withHistograms.length > 0) return undefined;
      return selection.lazy === true
        ? readLater(head, index, plain, selection)
        : readHead(head, index, plain, selection, maxSamples).set;
    },
    async select(selection, maxSamples, signal) {
      if (!feed.isComplete()) await refreshed(feed);
      const references = boundedSelection(index, selection, maxSeries);
      const { floorMs } = head.head;
      // Before the store is asked: what is loaded while it answers is in one of both.
      const unloaded = head.unloadedHistograms.all;
      if (selection.toMs < floorMs || selection.starts === true)
        return (await store.read(references, { ...selection, unloaded, ...known(head) }, maxSamples, signal)).set;
      const [plain, withHistograms] = split(references, head, index);
      // Memory first, and at once: what is let go while the store answers was seen here.
      const recent = readHead(
        head,
        index,
        plain,
        { ...selection, fromMs: Math.max(selection.fromMs, floorMs) },
        maxSamples,
      );
      const parts: ReferencedSet[] = [];
      if (selection.fromMs < floorMs)
        parts.push(await store.read(plain, { ...selection, toMs: floorMs - 1, histograms: false }, maxSamples, signal));
      if (parts[0]?.references.length === 0) parts.pop();
      parts.push(recent);
      const joined = parts.length === 1 ? recent : join(parts, maxSamples);
      if (withHistograms.length === 0) return joined.set;
      const native = { ...selection, unloaded };
      return append(joined.set, (await store.read(withHistograms, native, maxSamples, signal)).set, maxSamples);
    },
  };
}

/** A head that is fed knows when there are no native histograms at all. */
const known = ({ attachment, histogramSeries }: TenantHead): { readonly histograms?: false } =>
  attachment > 0 && histogramSeries.size === 0 ? { histograms: false } : {};

async function refreshed(feed: IndexFeed): Promise<void> {
  try {
    await feed.refresh();
  } catch (error) {
    throw translated(error);
  }
}

function split(
  references: Uint32Array,
  { histogramSeries }: TenantHead,
  index: SeriesIndex,
): [Uint32Array, Uint32Array] {
  if (histogramSeries.size === 0) return [references, new Uint32Array(0)];
  const { idHigh, idLow } = index;
  const has = (reference: number): boolean =>
    histogramSeries.find(idHigh[reference] as number, idLow[reference] as number) >= 0;
  return [references.filter((reference) => !has(reference)), references.filter(has)];
}

/** What the window of a refreshed graph holds of a series; longer ones make the room they need. */
const FEW_SAMPLES = 64;

/** Samples that are read series by series, as they are needed; what comes in meanwhile does not show. */
function readLater(
  { head }: TenantHead,
  index: SeriesIndex,
  references: Uint32Array,
  { fromMs, toMs }: Pick<Selection, 'fromMs' | 'toMs'>,
): SeriesSet {
  const view = head.view(idsOf(index, references), fromMs, toMs);
  // Two by turns, as the series before is compared with.
  const buffers = [new SampleBuffer(FEW_SAMPLES), new SampleBuffer(FEW_SAMPLES)] as const;
  let turn: 0 | 1 = 0;
  const counted = { samples: 0 };
  return {
    labels: Array.from(references, (reference) => index.labels(reference)),
    offsets: new Uint32Array(references.length + 1),
    times: new Float64Array(0),
    values: new Float64Array(0),
    stale: new Map(),
    read(series) {
      turn = turn === 0 ? 1 : 0;
      const out = buffers[turn];
      out.clear();
      view.read(series, out);
      out.takeStale(0);
      counted.samples += out.count;
      return { times: out.times.subarray(0, out.count), values: out.values.subarray(0, out.count) };
    },
    samplesRead: () => counted.samples,
  };
}

const idsOf = (
  index: SeriesIndex,
  references: Uint32Array,
): { readonly high: Uint32Array; readonly low: Uint32Array } => ({
  high: references.map((reference) => index.idHigh[reference] as number),
  low: references.map((reference) => index.idLow[reference] as number),
});

/** The samples memory has of some series. Throws PromqlError above the limit. */
function readHead(
  { head }: TenantHead,
  index: SeriesIndex,
  references: Uint32Array,
  { fromMs, toMs }: Pick<Selection, 'fromMs' | 'toMs'>,
  maxSamples: number,
): ReferencedSet {
  const view = head.view(idsOf(index, references), fromMs, toMs);
  const out = new SampleBuffer(Math.min(view.expected(), maxSamples) + 1);
  const labels: Labels[] = [];
  const found: number[] = [];
  const offsets = [0];
  const stale = new Map<number, Float64Array>();
  for (let i = 0; i < references.length; i++) {
    const from = out.count;
    out.hasNaN = false;
    view.read(i, out);
    const markers = out.takeStale(from);
    if (out.count === from && markers === undefined) continue;
    if (out.count > maxSamples) throw tooManySamples();
    const reference = references[i] as number;
    if (markers !== undefined) stale.set(labels.length, markers);
    labels.push(index.labels(reference));
    found.push(reference);
    offsets.push(out.count);
  }
  const set = {
    labels,
    offsets: Uint32Array.from(offsets),
    times: out.times.subarray(0, out.count),
    values: out.values.subarray(0, out.count),
    stale,
  };
  return { set, references: found };
}

/** Sets of the same series over stretches of time that follow one another. Throws PromqlError above the limit. */
function join(parts: readonly ReferencedSet[], maxSamples: number): ReferencedSet {
  const places = new Map<number, (number | undefined)[]>();
  parts.forEach(({ references }, part) => {
    references.forEach((reference, i) => {
      let found = places.get(reference);
      if (found === undefined) {
        found = [];
        places.set(reference, found);
      }
      found[part] = i;
    });
  });
  const total = parts.reduce((sum, { set }) => sum + set.times.length, 0);
  if (total > maxSamples) throw tooManySamples();
  const times = new Float64Array(total);
  const values = new Float64Array(total);
  const offsets = new Uint32Array(places.size + 1);
  const labels: Labels[] = [];
  const stale = new Map<number, Float64Array>();
  let at = 0;
  for (const found of places.values()) {
    const markers: number[] = [];
    let known: Labels = [];
    parts.forEach(({ set }, part) => {
      const i = found[part];
      if (i === undefined) return;
      const [from, to] = [set.offsets[i] as number, set.offsets[i + 1] as number];
      times.set(set.times.subarray(from, to), at);
      values.set(set.values.subarray(from, to), at);
      at += to - from;
      markers.push(...(set.stale.get(i) ?? []));
      known = set.labels[i] ?? [];
    });
    if (markers.length > 0) stale.set(labels.length, Float64Array.from(markers));
    offsets[labels.push(known)] = at;
  }
  const set: SeriesSet = { labels, offsets, times, values, stale };
  return { set, references: [...places.keys()] };
}

/** Other series behind those of a set. */
function append(a: SeriesSet, b: SeriesSet, maxSamples: number): SeriesSet {
  const rows = a.times.length + b.times.length;
  if (rows > maxSamples) throw tooManySamples();
  const [times, values] = [new Float64Array(rows), new Float64Array(rows)];
  times.set(a.times);
  times.set(b.times, a.times.length);
  values.set(a.values);
  values.set(b.values, a.times.length);
  const series = a.labels.length;
  const offsets = new Uint32Array(series + b.labels.length + 1);
  offsets.set(a.offsets);
  for (let i = 0; i < b.offsets.length; i++) offsets[series + i] = (b.offsets[i] as number) + a.times.length;
  const moved = <T>(map: ReadonlyMap<number, T> | undefined): [number, T][] =>
    [...(map ?? [])].map(([i, value]) => [i + series, value]);
  const histograms = new Map<number, SeriesHistograms>([...(a.histograms ?? []), ...moved(b.histograms)]);
  return {
    labels: [...a.labels, ...b.labels],
    offsets,
    times,
    values,
    stale: new Map([...a.stale, ...moved(b.stale)]),
    ...(histograms.size > 0 ? { histograms } : {}),
  };
}
