import { useDebouncedValue } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Chart } from '../chart/Chart.tsx';
import { queryRange } from '../data/prometheus.ts';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { badShareChart } from './budgetCharts.ts';
import { atWindow, type Draft, draftSteps, isCountable } from './draft.ts';
import { budgetAt, keptTarget } from './targets.ts';
import { useSloWords } from './useSloWords.ts';

const pauseMs = 700;
const hourMs = 3_600_000;
const days = 30;

/** What a draft would have counted over the last 30 days, hour by hour. */
export function DraftPreview({ draft }: { readonly draft: Draft }) {
  const { t } = useTranslation();
  const { nowMs } = useTime();
  const { counts, events, total } = draft;
  const [asked] = useDebouncedValue(JSON.stringify([events, total]), pauseMs);
  const toMs = Math.floor(nowMs / hourMs) * hourMs;
  const range: Range = { fromMs: toMs - days * 24 * hourMs, toMs };
  const countable = isCountable(draft);
  const answer = useAnswer({
    subject: ['slo-draft', asked],
    at: [toMs],
    ask: (signal) =>
      Promise.all([events, total].map((expression) => queryRange(atWindow(expression, '1h'), range, hourMs, signal))),
    enabled: countable && asked === JSON.stringify([events, total]),
  });
  if (!countable) return <Empty title={t('slo.draft.noWindow')} height={120} />;
  return (
    <Answered answer={answer} height={160}>
      {([counted, all]) =>
        counted === undefined || all === undefined ? null : (
          <Counted steps={draftSteps(counts, counted, all)} targetPercent={draft.targetPercent} range={range} />
        )
      }
    </Answered>
  );
}

interface CountedProps {
  readonly steps: ReturnType<typeof draftSteps>;
  readonly targetPercent: number;
  readonly range: Range;
}

function Counted({ steps, targetPercent, range }: CountedProps) {
  const { t } = useTranslation();
  const words = useSloWords();
  const bad = steps.reduce((sum, step) => sum + step.bad, 0);
  const total = steps.reduce((sum, step) => sum + step.total, 0);
  if (total === 0) return <Empty title={t('slo.draft.nothing')} height={120} />;
  const kept = keptTarget({ bad, total });
  return (
    <div role="status">
      <p>
        {t('slo.draft.would', {
          good: words.share(1 - bad / total),
          left: words.budget(budgetAt(targetPercent, { bad, total }).remaining),
        })}{' '}
        {kept !== null && t('slo.trial.kept', { target: words.share(kept / 100) })}
      </p>
      <Chart
        data={badShareChart({ steps, targetPercent }, { bad: t('slo.badShare'), allowed: t('slo.allowed') })}
        range={range}
        unit="ratio"
        height={120}
        label={t('slo.badShare')}
      />
    </div>
  );
}
