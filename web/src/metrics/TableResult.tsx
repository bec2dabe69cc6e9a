import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parseSample, seriesName } from '../chart/series.ts';
import type { Unit } from '../chart/units.ts';
import { type InstantAnswer, queryInstant } from '../data/prometheus.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered, PartialNote } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { NothingFound } from './NothingFound.tsx';

interface Row {
  readonly name: string;
  readonly value: number | null;
  readonly exact: string;
}

const firstRows = 200;

/** An instant answer as rows, largest value first; a range vector shows its newest sample. */
function rowsOf(answer: InstantAnswer): readonly Row[] {
  const { data } = answer;
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    const text = data.result[1];
    return [{ name: data.resultType, value: data.resultType === 'scalar' ? parseSample(text) : null, exact: text }];
  }
  const rows =
    data.resultType === 'vector'
      ? data.result.map((one) => row(seriesName(one.metric), one.value?.[1], one.histogram?.[1].count))
      : data.result.map((one) => row(seriesName(one.metric), one.values.at(-1)?.[1], one.histograms.at(-1)?.[1].count));
  return rows.sort((a, b) => (b.value ?? Number.NEGATIVE_INFINITY) - (a.value ?? Number.NEGATIVE_INFINITY));
}

function row(name: string, text: string | undefined, count: string | undefined): Row {
  const exact = text ?? count ?? '';
  return { name, value: exact === '' ? null : parseSample(exact), exact };
}

interface Props {
  readonly query: string;
  readonly unit: Unit;
  readonly onQuery: (query: string) => void;
}

/** The query at the end of the range, one row per series. */
export function TableResult({ query, unit, onQuery }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  const [limit, setLimit] = useState(firstRows);
  const answer = useAnswer({
    subject: ['table', query],
    at: [range.toMs],
    ask: (signal) => queryInstant(query, range.toMs, signal),
  });
  return (
    <Answered answer={answer} height={220}>
      {(data) => {
        const rows = rowsOf(data);
        if (rows.length === 0) return <NothingFound query={query} onQuery={onQuery} />;
        return (
          <div className="scroll-x">
            {data.warnings.length > 0 && <PartialNote warnings={data.warnings} />}
            <div className="graph-foot dim num">
              {t('metrics.series', { count: rows.length })} · {formats.dateTime(range.toMs)}
            </div>
            <table className="table">
              <thead>
                <tr>
                  <th>{t('metrics.name')}</th>
                  <th className="right">{t('metrics.value')}</th>
                </tr>
              </thead>
              <tbody>
                {rows.slice(0, limit).map((one) => (
                  <tr key={one.name}>
                    <td className="mono break">{one.name}</td>
                    <td className="right num" title={one.exact}>
                      {one.value === null ? one.exact : formats.value(one.value, unit)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {rows.length > limit && (
              <button type="button" className="text-button" onClick={() => setLimit(limit * 5)}>
                {t('actions.more', { count: rows.length - limit })}
              </button>
            )}
          </div>
        );
      }}
    </Answered>
  );
}
