import type { SloDetail } from '@trilith/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { BudgetBar } from './BudgetBar.tsx';
import { budgetState, burnNow } from './budgetState.ts';
import { useSloWords } from './useSloWords.ts';

interface Props {
  readonly objective: SloDetail;
  readonly nowMs: number;
}

/** An objective in figures: what was promised and kept, what is left, how fast it goes, and of how many events. */
export function BudgetTiles({ objective, nowMs }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const words = useSloWords();
  const state = budgetState(objective, nowMs);
  const { remaining, goodShare, targetPercent, periodDays, bad, total, coverage, exhaustedAtMs } = objective;
  const allowed = (1 - targetPercent / 100) * total;
  const burn = burnNow(objective);
  return (
    <dl className="slo-tiles">
      <Tile name={t('slo.left')} value={words.budget(remaining)} tone={state}>
        <BudgetBar remaining={remaining} state={state} />
        {t('slo.leftEvents', {
          left: formats.value(Math.max(0, allowed - bad), 'short'),
          allowed: formats.value(allowed, 'short'),
        })}
      </Tile>
      <Tile
        name={t('slo.good')}
        value={words.share(goodShare)}
        tone={goodShare !== null && goodShare * 100 < targetPercent ? 'gone' : undefined}
      >
        {t('slo.targetOver', { target: words.share(targetPercent / 100), count: periodDays })}
      </Tile>
      <Tile name={t('slo.burnHour')} value={words.burn(burn)} tone={burn !== null && burn > 1 ? 'risk' : undefined}>
        {t('slo.burnHint')}
      </Tile>
      <Tile name={t('slo.exhausted')} value={words.exhausted(exhaustedAtMs, nowMs)}>
        {exhaustedAtMs !== null && exhaustedAtMs > nowMs ? formats.short(exhaustedAtMs) : t('slo.exhaustedHint')}
      </Tile>
      <Tile name={t('slo.events')} value={formats.value(total, 'short')}>
        {t('slo.badEvents', { bad: formats.value(bad, 'short') })}
      </Tile>
      <Tile name={t('slo.coverage')} value={formats.value(coverage, 'ratio')}>
        {t('slo.coverageHint')}
      </Tile>
    </dl>
  );
}

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly tone?: string | undefined;
  readonly children: ReactNode;
}

function Tile({ name, value, tone, children }: TileProps) {
  return (
    <div className="panel slo-tile" data-budget={tone}>
      <dt>{name}</dt>
      <dd>
        <strong className="num">{value}</strong>
        <span className="dim">{children}</span>
      </dd>
    </div>
  );
}
