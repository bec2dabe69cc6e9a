import { Button } from '@mantine/core';
import { IconPrinter } from '@tabler/icons-react';
import type { SloDetail } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { sparkPath } from '../chart/sparkPath.ts';
import { useFormats } from '../i18n/format.ts';
import { useTime } from '../time/TimeContext.tsx';
import { zoneName } from '../time/zone.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { periodOf } from './budgetCharts.ts';
import { CountingState } from './CountingState.tsx';
import { Dimensions } from './Dimensions.tsx';
import { worstDays } from './reportDays.ts';
import { budgetAt } from './targets.ts';
import { useSloWords } from './useSloWords.ts';

const mostDays = 10;
const plot = { width: 760, height: 120 };

interface Props {
  readonly objective: SloDetail;
  readonly nowMs: number;
}

/** An objective and its period as a page to print: black on white, in the language of the screen. */
export function ObjectiveReport({ objective, nowMs }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { zone } = useTime();
  const { name, description, service, labels, dimensions } = objective;
  const period = periodOf(objective);
  return (
    <article className="slo-report">
      <div className="slo-report-tools no-print">
        <ScreenLink to={`/slo/${encodeURIComponent(name)}`}>{t('slo.report.back')}</ScreenLink>
        <Button size="compact-sm" leftSection={<IconPrinter size={14} aria-hidden />} onClick={() => window.print()}>
          {t('slo.report.print')}
        </Button>
      </div>
      <p className="dim">{t('slo.report.title')}</p>
      <h1>{name}</h1>
      {description !== '' && <p>{description}</p>}
      <p className="dim">
        {[service, ...Object.entries(labels).map(([label, value]) => `${label}=${value}`)].join(' · ')}
      </p>
      {period !== null && (
        <p className="num">
          {formats.dateTime(period.fromMs)} – {formats.dateTime(period.toMs)} ({zoneName(zone)})
        </p>
      )}
      <Verdict objective={objective} />
      <CountingState objective={objective} />
      <h2>{t('slo.burnDown')}</h2>
      <BudgetLine burnDown={objective.burnDown} />
      <WorstDays objective={objective} />
      {dimensions.length > 0 && (
        <>
          <h2>{t('slo.dimensions')}</h2>
          <Dimensions objective={objective} />
        </>
      )}
      <ExcludedTime exclusions={objective.exclusions} />
      <p className="dim">{t('slo.report.made', { time: formats.dateTime(nowMs) })}</p>
    </article>
  );
}

function Verdict({ objective }: { readonly objective: SloDetail }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const words = useSloWords();
  const { reliable, remaining, goodShare, targetPercent, periodDays, bad, total, coverage } = objective;
  const { allowed } = budgetAt(targetPercent, objective);
  const verdict = !reliable || goodShare === null ? 'unknown' : goodShare * 100 < targetPercent ? 'missed' : 'kept';
  return (
    <>
      <p className="slo-report-verdict">
        <strong>{t(`slo.report.${verdict}`)}</strong>{' '}
        {t('slo.report.shares', { good: words.share(goodShare), target: words.share(targetPercent / 100) })}{' '}
        {t('slo.report.left', { left: words.budget(remaining) })}
      </p>
      <table className="table">
        <tbody>
          <Figure
            name={t('slo.target')}
            value={`${words.share(targetPercent / 100)} ${t('slo.periodDays', { count: periodDays })}`}
          />
          <Figure name={t('slo.events')} value={formats.integer(Math.round(total))} />
          <Figure name={t('slo.report.bad')} value={formats.integer(Math.round(bad))} />
          <Figure name={t('slo.report.allowed')} value={formats.integer(Math.floor(allowed))} />
          <Figure name={t('slo.coverage')} value={formats.value(coverage, 'ratio')} />
        </tbody>
      </table>
    </>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <tr>
      <td>{name}</td>
      <td className="right num">{value}</td>
    </tr>
  );
}

/** What was left, drawn from all of the budget down to nothing. */
function BudgetLine({ burnDown }: Pick<SloDetail, 'burnDown'>) {
  const { t } = useTranslation();
  const values = burnDown.map(({ remaining }) => (remaining === null ? null : Math.max(0, remaining)));
  return (
    <svg viewBox={`0 0 ${plot.width} ${plot.height}`} role="img" aria-label={t('slo.burnDown')}>
      <path d={`M0 1H${plot.width}M0 ${plot.height - 1}H${plot.width}`} className="slo-report-level" />
      <path d={sparkPath(values, plot.width, plot.height, 1)} className="slo-report-line" />
    </svg>
  );
}

function WorstDays({ objective }: { readonly objective: SloDetail }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const words = useSloWords();
  const { zone } = useTime();
  const days = worstDays(objective.steps, zone, mostDays);
  const { allowed } = budgetAt(objective.targetPercent, objective);
  if (days.length === 0) return null;
  return (
    <>
      <h2>{t('slo.report.days')}</h2>
      <table className="table">
        <thead>
          <tr>
            <th>{t('slo.report.day')}</th>
            <th className="right">{t('slo.report.bad')}</th>
            <th className="right">{t('slo.good')}</th>
            <th className="right">{t('slo.shareOfBudget')}</th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ day, bad, total }) => (
            <tr key={day}>
              <td className="num">{day}</td>
              <td className="right num">{formats.value(bad, 'short')}</td>
              <td className="right num">{words.share(total > 0 ? 1 - bad / total : null)}</td>
              <td className="right num">{words.budget(allowed > 0 ? bad / allowed : null)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {objective.exclusions.length > 0 && <p className="dim">{t('slo.report.daysNote')}</p>}
    </>
  );
}

function ExcludedTime({ exclusions }: Pick<SloDetail, 'exclusions'>) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <>
      <h2>{t('slo.exclusions')}</h2>
      {exclusions.length === 0 ? (
        <p>{t('slo.noExclusions')}</p>
      ) : (
        <ul className="slo-report-list">
          {exclusions.map(({ id, fromMs, toMs, reason, author }) => (
            <li key={id}>
              <span className="num">
                {formats.dateTime(fromMs)} – {formats.dateTime(toMs)}
              </span>
              : {reason}
              {author !== '' && <span className="dim"> ({author})</span>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
