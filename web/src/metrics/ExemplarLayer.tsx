import { useTranslation } from 'react-i18next';
import type { PlotBox } from '../chart/Chart.tsx';
import type { Unit } from '../chart/units.ts';
import { useFormats } from '../i18n/format.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import type { Exemplar } from './exemplars.ts';

interface Props {
  readonly exemplars: readonly Exemplar[];
  readonly box: PlotBox;
  readonly unit: Unit;
}

/** Diamonds over the graph, each a link to its trace. A value beyond the axis sits at its edge. */
export function ExemplarLayer({ exemplars, box, unit }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { x, y } = box;
  return exemplars
    .filter(({ ms }) => ms >= x.min && ms <= x.max)
    .map((one) => {
      const left = box.left + ((one.ms - x.min) / (x.max - x.min || 1)) * box.width;
      const share = Math.min(1, Math.max(0, (one.value - y.min) / (y.max - y.min || 1)));
      const label = t('metrics.exemplar', { value: formats.value(one.value, unit), time: formats.clock(one.ms) });
      return (
        <ScreenLink
          key={`${one.traceId} ${one.ms}`}
          to={`/trace/${one.traceId}`}
          with={{ span: one.spanId }}
          className="exemplar"
          style={{ left, top: box.top + (1 - share) * box.height }}
          title={label}
          aria-label={label}
        >
          {null}
        </ScreenLink>
      );
    });
}
