import { Button, SegmentedControl } from '@mantine/core';
import type { BacktestAnswer } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchBacktestProgress, runBacktest } from '../../data/alertPast.ts';
import { useFormats } from '../../i18n/format.ts';
import { Panel } from '../../states/Panel.tsx';
import { useAction } from '../../states/useAction.ts';
import { useAnswer } from '../../states/useAnswer.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { LabelChips } from '../labels/LabelChips.tsx';

const dayMs = 86_400_000;
const spans = ['1', '7', '30', '90'] as const;
const listed = 20;

/** What a rule would have done over stored history, asked for by a press. */
export function BacktestPanel({ group, alert }: { readonly group: string; readonly alert: string }) {
  const { t } = useTranslation();
  const { busy, run } = useAction();
  const [days, setDays] = useState<string>('30');
  const [id, setId] = useState('');
  const [found, setFound] = useState<BacktestAnswer | null>(null);
  const start = (): void => {
    const toMs = Date.now();
    const name = crypto.getRandomValues(new Uint32Array(2)).join('-').padStart(8, '0');
    setId(name);
    run(() => runBacktest({ group, alert, fromMs: toMs - Number(days) * dayMs, toMs, id: name }), setFound);
  };
  return (
    <Panel
      title={t('alertRules.backtest')}
      tools={
        <>
          <SegmentedControl
            size="xs"
            aria-label={t('alertRules.backtestSpan')}
            value={days}
            onChange={setDays}
            data={spans.map((one) => ({ value: one, label: t('alertRules.days', { count: Number(one) }) }))}
          />
          <Button size="compact-sm" disabled={busy} onClick={start}>
            {t('alertRules.runBacktest')}
          </Button>
        </>
      }
    >
      <div className="panel-body" aria-live="polite">
        {busy ? (
          <Progress id={id} />
        ) : found === null ? (
          <p className="dim">{t('alertRules.backtestHint')}</p>
        ) : (
          <Found found={found} />
        )}
      </div>
    </Panel>
  );
}

function Progress({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { nowMs } = useTime();
  const { data } = useAnswer({
    subject: ['backtest', id],
    at: [nowMs],
    ask: (signal) => fetchBacktestProgress(id, signal),
  });
  const share = data === undefined || data === null || data.all === 0 ? null : data.done / data.all;
  return (
    <p className="dim">
      {t('alertRules.backtestRuns')} {share !== null && formats.value(share, 'ratio')}
    </p>
  );
}

function Found({ found }: { readonly found: BacktestAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { totals, rules, notes, fromMs, toMs } = found;
  const firings = rules.flatMap(({ list }) => list).toSorted((a, b) => b.firedAtMs - a.firedAtMs);
  const errors = rules.filter(({ error }) => error !== '');
  return (
    <>
      <strong className="backtest-total">
        {t('alertRules.backtestTotal', {
          count: totals.pages,
          span: formats.duration(toMs - fromMs),
          firing: formats.duration(totals.firingMs),
        })}
      </strong>
      {errors.map(({ error }) => (
        <div key={error} className="tone-error break">
          {error}
        </div>
      ))}
      {notes.map((note) => (
        <div key={note} className="dim break">
          {note}
        </div>
      ))}
      {firings.length > 0 && (
        <div className="scroll-x">
          <table className="table">
            <thead>
              <tr>
                <th>{t('alertRules.firedAt')}</th>
                <th className="right">{t('alertRules.lasted')}</th>
                <th className="right">{t('alertRules.value')}</th>
                <th>{t('alertRules.labels')}</th>
              </tr>
            </thead>
            <tbody>
              {firings.slice(0, listed).map((firing) => (
                <tr key={`${firing.firedAtMs} ${JSON.stringify(firing.labels)}`}>
                  <td className="num">{formats.short(firing.firedAtMs)}</td>
                  <td className="right num">
                    {firing.resolvedAtMs === null
                      ? t('alertRules.stillFires')
                      : formats.duration(firing.resolvedAtMs - firing.firedAtMs)}
                  </td>
                  <td className="right num">{formats.value(firing.value, 'short')}</td>
                  <td>
                    <LabelChips labels={withoutName(firing.labels)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {totals.firings > listed && <p className="dim">{t('alerts.notListed', { count: totals.firings - listed })}</p>}
    </>
  );
}

function withoutName({ alertname: _, ...labels }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return labels;
}
