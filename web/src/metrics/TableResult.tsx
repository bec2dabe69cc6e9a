import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { guessUnit, type Unit } from '../chart/units.ts';
import { type InstantAnswer, queryInstant } from '../data/prometheus.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered } from '../states/States.tsx';
import { useAnswers } from '../states/useAnswers.ts';
import { useTime } from '../time/TimeContext.tsx';
import { CostLine } from './CostLine.tsx';
import type { AskedRow } from './formula.ts';
import type { ResultProps } from './GraphResult.tsx';
import { HistogramBars } from './HistogramBars.tsx';
import { classicHistogram, type TableRow, tableRows } from './histogramView.ts';
import { NothingFound } from './NothingFound.tsx';
import { RowRemarks } from './RowNotes.tsx';
import { costOf } from './useAsked.ts';
import { useRemarks } from './useRemarks.ts';

const firstRows = 200;

/** The queries at the end of the range, one row per series; histograms as bars. */
export function TableResult({ rows, unit, onQuery, onRemarks }: ResultProps) {
  const { range } = useTime();
  const answers = useAnswers(
    rows.map(({ query }) => ({
      subject: ['table', query],
      at: [range.toMs],
      ask: (signal: AbortSignal) => queryInstant(query, range.toMs, signal),
    })),
  );
  const remarks = useRemarks(
    rows.map((asked, at) => ({ asked, data: answers[at]?.data })),
    onRemarks,
  );
  return rows.map((asked, at) => {
    const answer = answers[at];
    if (answer === undefined) return null;
    return (
      <Fragment key={asked.row.letter}>
        <Answered answer={answer} height={220}>
          {(data) => (
            <div className="scroll-x">
              <RowRemarks
                several={rows.length > 1}
                remarks={(remarks.get(asked.row.letter) ?? []).map((remark) => ({ letter: asked.row.letter, remark }))}
              />
              <RowTable asked={asked} data={data} unit={unit} several={rows.length > 1} onQuery={onQuery} />
            </div>
          )}
        </Answered>
      </Fragment>
    );
  });
}

interface TableProps {
  readonly asked: AskedRow;
  readonly data: InstantAnswer;
  readonly unit: Unit;
  readonly several: boolean;
  readonly onQuery: (query: string) => void;
}

function RowTable({ asked, data, unit, several, onQuery }: TableProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  const [limit, setLimit] = useState(firstRows);
  const found = tableRows(data);
  if (found.length === 0) return <NothingFound query={asked.query} onQuery={onQuery} />;
  const bounds = guessUnit(`histogram_quantile(1, ${asked.query})`);
  const classic = classicHistogram(data);
  return (
    <>
      <div className="graph-foot dim num">
        {several && <strong>{asked.row.letter} · </strong>}
        {t('metrics.series', { count: found.length })} · {formats.dateTime(range.toMs)} ·{' '}
        <CostLine cost={costOf([data])} />
      </div>
      {classic.length > 0 && (
        <HistogramBars buckets={classic} unit={bounds} label={t('metrics.heatOf', { query: asked.query })} />
      )}
      <table className="table">
        <thead>
          <tr>
            <th>{t('metrics.name')}</th>
            <th className="right">{t('metrics.value')}</th>
          </tr>
        </thead>
        <tbody>
          {found.slice(0, limit).map((one) => (
            <Row key={one.name} row={one} unit={unit} bounds={bounds} />
          ))}
        </tbody>
      </table>
      {found.length > limit && (
        <button type="button" className="text-button" onClick={() => setLimit(limit * 5)}>
          {t('actions.more', { count: found.length - limit })}
        </button>
      )}
    </>
  );
}

function Row({ row, unit, bounds }: { readonly row: TableRow; readonly unit: Unit; readonly bounds: Unit }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { histogram } = row;
  if (histogram === null) {
    return (
      <tr>
        <td className="mono break">{row.name}</td>
        <td className="right num" title={row.exact}>
          {row.value === null ? row.exact : formats.value(row.value, unit)}
        </td>
      </tr>
    );
  }
  const label = t('metrics.histogramLabel', {
    count: formats.value(histogram.count, 'short'),
    sum: formats.value(histogram.sum, bounds),
  });
  return (
    <tr>
      <td className="mono break" colSpan={2}>
        {row.name}
        <div className="dim num">{label}</div>
        <HistogramBars buckets={histogram.buckets} unit={bounds} label={label} />
      </td>
    </tr>
  );
}
