import type { AlertHistoryAnswer } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../i18n/format.ts';
import type { Range } from '../../time/range.ts';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { LabelChips } from '../labels/LabelChips.tsx';
import { whyQuery } from '../links.ts';
import { rulePage, ruleQuery } from '../rulePath.ts';
import { type TimelineRow, timelineRows } from './timelineRows.ts';

interface Props {
  readonly series: AlertHistoryAnswer['series'];
  readonly range: Range;
  /** Names link to their rules; of one rule they are left out. */
  readonly named: boolean;
}

const firstShown = 30;

/** When each alert was pending and firing: a bar for each over the range. */
export function StateTimelines({ series, range, named }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [limit, setLimit] = useState(firstShown);
  const rows = timelineRows(series, range);
  if (rows.length === 0) return <p className="panel-body dim">{t('alertPast.nothing')}</p>;
  return (
    <>
      <ul className="alert-lives">
        {rows.slice(0, limit).map((row) => (
          <TimelineLine
            key={`${JSON.stringify(row.series.rule)} ${JSON.stringify(row.series.labels)}`}
            row={row}
            named={named}
          />
        ))}
      </ul>
      <div className="alert-life-ends dim num">
        <span>{formats.short(range.fromMs)}</span>
        <span>{formats.short(range.toMs)}</span>
      </div>
      {rows.length > limit && (
        <button type="button" className="text-button panel-body" onClick={() => setLimit(limit * 5)}>
          {t('actions.more', { count: rows.length - limit })}
        </button>
      )}
    </>
  );
}

function TimelineLine({ row, named }: { readonly row: TimelineRow; readonly named: boolean }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { series, stretches, firings, firingMs } = row;
  const { alertname: _, trilith_drill: __, ...labels } = series.labels;
  return (
    <li className="alert-life">
      <div className="alert-life-head">
        {named && (
          <ScreenLink to={rulePage} with={ruleQuery(series.rule)}>
            {series.rule.rule}
          </ScreenLink>
        )}
        {series.drill !== '' && <span className="chip">{t('alertPast.drill')}</span>}
        <LabelChips labels={labels} />
        {firings > 0 && (
          <span className="dim num alert-life-sum">
            {t('alertPast.firings', { count: firings, time: formats.duration(firingMs) })}
          </span>
        )}
      </div>
      <div className="alert-life-bar">
        {stretches.map(({ state, left, width, fromMs, toMs }) => {
          const said = `${t(`alerts.states.${state}`)}: ${formats.dateTime(fromMs)} – ${toMs === null ? t('alertPast.now') : formats.dateTime(toMs)}`;
          return (
            <ScreenLink
              key={`${state} ${fromMs}`}
              className="alert-life-stretch"
              data-state={state}
              style={{ left: `${left * 100}%`, width: `max(3px, ${width * 100}%)` }}
              to="/alerts/why"
              with={whyQuery(series.labels, toMs ?? Math.round(fromMs + 60_000))}
              title={said}
              aria-label={said}
            >
              {null}
            </ScreenLink>
          );
        })}
      </div>
    </li>
  );
}
