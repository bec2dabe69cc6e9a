import { DEFAULT_DECODE_LIMITS } from '../../model/decode_limits.ts';
import type { DecodeContext, Decoded, DecodeLimits } from '../../model/ingest.ts';
import { labelsFrom, labelsToRecord } from '../../model/labels.ts';
import { createMapInterner } from '../../model/map_interner.ts';
import { decodeDecimals, sectionRows } from '../../store/index.ts';
import { createScrapeDecoder } from './decode.ts';
import type { ScrapeMeta, ScrapeReport } from './meta.ts';

/** A scrape target for tests of the decoder. */
export const NOW = Date.UTC(2026, 10, 22, 12);
const META: ScrapeMeta = {
  kind: 'scraped',
  target: 1,
  variant: 1000,
  labels: labelsFrom([
    ['job', 'payments'],
    ['instance', 'a:1'],
  ]),
  timeMs: NOW,
  durationSeconds: 0.25,
  format: 'text',
  honorLabels: false,
  honorTimestamps: true,
  sampleLimit: 0,
  labelLimit: 0,
  labelNameLengthLimit: 0,
  labelValueLengthLimit: 0,
  trackTimestamps: false,
  legacyNames: false,
  metricRelabel: [],
  histograms: { native: false, alwaysClassic: false, toNhcb: false, bucketLimit: 0, minFactor: 0 },
  extra: null,
  previousLost: false,
};
export const REPORTS = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
];

/** A decoder with its interner, driven like the worker drives it. */
export function target(limits: Partial<DecodeLimits> = {}, seriesLimit = 1000) {
  const decode = createScrapeDecoder();
  const series = createMapInterner(seriesLimit);
  const context: DecodeContext = {
    nowMs: NOW,
    limits: { ...DEFAULT_DECODE_LIMITS, ...limits },
    series,
    streams: createMapInterner(),
  };
  const scrape = (body: string | Uint8Array<ArrayBuffer>, meta: Partial<ScrapeMeta> = {}): Decoded => {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    return decode(bytes, context, { ...META, ...meta });
  };
  /** A row's series as `name label=value …`, without the target's labels. */
  const seriesOf = (id: unknown): string => {
    const { __name__ = '', ...labels } = labelsToRecord(series.labels([...series.idLow].indexOf(Number(id))));
    const rest = Object.entries(labels)
      .filter(([name]) => name !== 'job' && name !== 'instance')
      .map(([name, text]) => `${name}=${text}`);
    return [__name__, ...rest].join(' ');
  };
  /** Native histograms of the rows by series. */
  const histograms = (decoded: Decoded): Record<string, Record<string, unknown>> => {
    const rows = decoded.sections.filter(({ table }) => table === 'native_histograms').flatMap(sectionRows);
    return Object.fromEntries(rows.map((row) => [seriesOf(row.series), row]));
  };
  /** `name{other labels}` of the samples but the report's, to value (or `stale`). */
  const samples = (decoded: Decoded, withReports = false): Record<string, number | 'stale'> => {
    const result: Record<string, number | 'stale'> = {};
    for (const row of decoded.sections.filter(({ table }) => table === 'samples').flatMap(sectionRows)) {
      const words = new Uint32Array(new BigInt64Array([BigInt(String(row.mantissa))]).buffer);
      const value = new Float64Array(1);
      decodeDecimals(words, Int8Array.of(Number(row.exponent)), value);
      const [low, high] = new Uint32Array(value.buffer);
      const name = seriesOf(row.series);
      if (!withReports && REPORTS.includes(name)) continue;
      result[name] = low === 2 && high === 0x7ff00000 ? 'stale' : (value[0] as number);
    }
    return result;
  };
  return { scrape, samples, histograms, context };
}

export const report = (decoded: Decoded): ScrapeReport => decoded.report as ScrapeReport;
