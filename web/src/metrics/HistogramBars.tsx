import { useTranslation } from 'react-i18next';
import type { Unit } from '../chart/units.ts';
import { useFormats } from '../i18n/format.ts';
import type { Bucket } from './histogram.ts';

interface Props {
  readonly buckets: readonly Bucket[];
  /** Of the bounds. */
  readonly unit: Unit;
  readonly label: string;
}

const height = 120;

/** The buckets of one moment as bars of equal width, lowest first; the bounds stand at the ends and in the tips. */
export function HistogramBars({ buckets, unit, label }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const max = Math.max(0, ...buckets.map(({ count }) => count));
  const first = buckets[0];
  const last = buckets.at(-1);
  if (first === undefined || last === undefined || max === 0) return null;
  const bound = (value: number): string => formats.value(value, unit);
  return (
    <div className="histogram-bars" role="img" aria-label={label}>
      <div className="histogram-columns" style={{ height }}>
        {buckets.map(({ low, high, count }) => {
          const range = t('metrics.bucketRange', { low: bound(low), high: bound(high) });
          return (
            <div
              key={`${low} ${high}`}
              className="histogram-column"
              title={`${range}: ${formats.value(count, 'short')}`}
            >
              <div style={{ height: `${(count / max) * 100}%` }} data-empty={count === 0 || undefined} />
            </div>
          );
        })}
      </div>
      <div className="histogram-bounds num dim">
        <span>{bound(first.low)}</span>
        <span>{bound(last.high)}</span>
      </div>
    </div>
  );
}
