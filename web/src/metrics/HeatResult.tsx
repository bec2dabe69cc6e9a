import { Button } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PointClick } from '../chart/Chart.tsx';
import { guessUnit } from '../chart/units.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered, Empty } from '../states/States.tsx';
import { useTime } from '../time/TimeContext.tsx';
import { CostLine } from './CostLine.tsx';
import type { AskedRow } from './formula.ts';
import type { ResultProps } from './GraphResult.tsx';
import { Heatmap } from './Heatmap.tsx';
import { heatQuery } from './heatQuery.ts';
import { heatOf } from './histogram.ts';
import { SeriesMenu } from './SeriesMenu.tsx';
import { costOf, type RangeAnswer, useRangeAnswers } from './useAsked.ts';
import { useRemarks } from './useRemarks.ts';

const noShift = (): number => 0;

/** The buckets of each query over time, one heatmap under the other. */
export function HeatResult({ rows, unit, onQuery, onRemarks }: ResultProps) {
  const { ref, width } = useElementSize();
  const asked: readonly AskedRow[] = rows.map(({ row, query, missing }) => ({
    row: { ...row, type: 'range' },
    query: heatQuery(query),
    missing,
  }));
  const answers = useRangeAnswers(asked, width / 3, noShift);
  // What is asked may be a part of what is written, so remarks have no place in the editor.
  useRemarks([], onRemarks);
  return (
    <div ref={ref} className="graph-result">
      {answers.map((one) => (
        <HeatPart key={one.asked.row.letter} one={one} unit={unit} several={rows.length > 1} onQuery={onQuery} />
      ))}
    </div>
  );
}

interface PartProps {
  readonly one: RangeAnswer;
  readonly unit: ResultProps['unit'];
  readonly several: boolean;
  readonly onQuery: (query: string) => void;
}

function HeatPart({ one, unit, several, onQuery }: PartProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range, zoomTo } = useTime();
  const [point, setPoint] = useState<PointClick | null>(null);
  const { query, row } = one.asked;
  const { grid, stepMs } = one.part;
  return (
    <Answered answer={one.answer} height={340}>
      {(data) => {
        const heat = heatOf(data, grid, stepMs);
        if (heat === null) return <NoBuckets query={query} onQuery={onQuery} />;
        const cost = costOf([data]);
        return (
          <>
            <Heatmap
              data={heat}
              range={range}
              unit={unit === 'short' ? guessUnit(`histogram_quantile(1, ${query})`) : unit}
              label={t('metrics.heatLabel', { query })}
              onZoom={zoomTo}
              onPoint={setPoint}
            />
            <div className="graph-foot dim num">
              {several && <strong>{row.letter} · </strong>}
              {t('metrics.heatOf', { query })} · {t('metrics.heatScale', { max: formats.value(heat.max, 'short') })} ·{' '}
              {t('metrics.step', { step: formats.duration(stepMs) })} · <CostLine cost={cost} />
            </div>
            {point !== null && (
              <SeriesMenu
                point={point}
                unit={unit}
                labels={null}
                service={null}
                exemplars={[]}
                onQuery={onQuery}
                onClose={() => setPoint(null)}
              />
            )}
          </>
        );
      }}
    </Answered>
  );
}

function NoBuckets({ query, onQuery }: { readonly query: string; readonly onQuery: (query: string) => void }) {
  const { t } = useTranslation();
  // The base name of a family whose buckets the query may have meant.
  const family = /([a-zA-Z_:][\w:]*?)(?:_bucket|_sum|_count)\b/.exec(query)?.[1];
  const suggestion = family === undefined ? null : `sum by (le) (rate(${family}_bucket[5m]))`;
  return (
    <Empty title={t('metrics.heatNone')} height={220}>
      {t('metrics.heatNoneHint')}
      {suggestion !== null && (
        <Button size="compact-xs" variant="default" className="mono" onClick={() => onQuery(suggestion)}>
          {suggestion}
        </Button>
      )}
    </Empty>
  );
}
