import { Button, SegmentedControl } from '@mantine/core';
import type { BacktestAnswer, BacktestRequest } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchBacktestProgress, runBacktest } from '../../data/alertPast.ts';
import { useFormats } from '../../i18n/format.ts';
import { Panel } from '../../states/Panel.tsx';
import { useAction } from '../../states/useAction.ts';
import { useAnswer } from '../../states/useAnswer.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { BacktestFound } from './BacktestFound.tsx';

const dayMs = 86_400_000;
const spans = ['1', '7', '30', '90'] as const;

interface Props {
  /** A rule that is loaded, or the text of rules that are not. */
  readonly rules: Pick<BacktestRequest, 'group' | 'alert' | 'rules' | 'language'>;
}

/** What rules would have done over stored history, asked for by a press. */
export function BacktestPanel({ rules }: Props) {
  const { t } = useTranslation();
  const { busy, run } = useAction();
  const [days, setDays] = useState<string>('30');
  const [id, setId] = useState('');
  const [found, setFound] = useState<{ readonly of: string; readonly answer: BacktestAnswer } | null>(null);
  const asked = JSON.stringify(rules);
  const start = (): void => {
    const toMs = Date.now();
    const name = crypto.getRandomValues(new Uint32Array(2)).join('-').padStart(8, '0');
    setId(name);
    run(
      () => runBacktest({ ...rules, fromMs: toMs - Number(days) * dayMs, toMs, id: name }),
      (answer) => setFound({ of: asked, answer }),
    );
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
          <Button size="compact-sm" disabled={busy || rules.rules?.trim() === ''} onClick={start}>
            {t('alertRules.runBacktest')}
          </Button>
        </>
      }
    >
      <div className="panel-body" aria-live="polite">
        {busy ? (
          <Progress id={id} />
        ) : found?.of !== asked ? (
          <p className="dim">{t('alertRules.backtestHint')}</p>
        ) : (
          <BacktestFound found={found.answer} />
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
