import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import type { SpanTable } from './spanTable.ts';
import { measureOf, type UsualIndex, type UsualVerdict, usualOf, verdictOf } from './usual.ts';

interface Props {
  readonly table: SpanTable;
  readonly row: number;
  /** Null until the history has come. */
  readonly usual: UsualIndex | null;
}

const tones: Readonly<Record<UsualVerdict, string>> = {
  slowest: 'tone-error',
  slower: 'tone-warning',
  usual: 'dim',
  faster: 'tone-info',
  unknown: 'dim',
};

/** Slower than usual? The span held against what its operation took before, as words and on a small scale. */
export function SpanUsual({ table, row, usual }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (usual === null) return null;
  const durationMs = (table.duration[row] ?? 0) / 1e6;
  const operation = usualOf(usual, table, row);
  const measure = operation === undefined ? null : measureOf(operation);
  const verdict = verdictOf(durationMs, operation);
  if (operation === undefined || measure === null) return <p className="dim">{t('trace.usual.unknown')}</p>;
  const most = Math.max(durationMs, measure.p99Ms) * 1.05;
  const at = (ms: number): string => `${(ms / most) * 100}%`;
  const basis = measure === operation.sameHour ? 'sameHour' : 'lastDay';
  return (
    <section className="span-usual-box">
      <p className={tones[verdict]}>
        <strong>{t(`trace.usual.${verdict}`)}</strong>{' '}
        <span className="dim">{t(`trace.usual.${basis}`, { count: measure.spans })}</span>
      </p>
      <div className="usual-scale" aria-hidden>
        <span className="usual-range" style={{ left: at(measure.p50Ms), right: `calc(100% - ${at(measure.p95Ms)})` }} />
        <span className="usual-tick" style={{ left: at(measure.p99Ms) }} />
        <span className="usual-now" data-verdict={verdict} style={{ left: at(durationMs) }} />
      </div>
      <p className="num dim">
        p50 {formats.duration(measure.p50Ms)} · p95 {formats.duration(measure.p95Ms)} · p99{' '}
        {formats.duration(measure.p99Ms)}
      </p>
    </section>
  );
}
