import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { budgetAt, type Events, keptTarget, targetsToTry } from './targets.ts';
import { useSloWords } from './useSloWords.ts';

interface Props {
  readonly events: Events;
  /** Per cent. */
  readonly promised: number;
}

/** What the budget would be with another target, and the highest target that was kept. */
export function TargetTrial({ events, promised }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const words = useSloWords();
  const id = useId();
  const [tried, setTried] = useState<number | null>(null);
  const targets = targetsToTry(promised, events);
  const target = tried !== null && targets.includes(tried) ? tried : promised;
  const { allowed, remaining } = budgetAt(target, events);
  const kept = keptTarget(events);
  return (
    <div className="slo-trial">
      <label htmlFor={id}>
        {t('slo.trial.target')}: <strong className="num">{words.share(target / 100)}</strong>
        {target === promised && <span className="dim"> · {t('slo.trial.promised')}</span>}
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={targets.length - 1}
        step={1}
        value={targets.indexOf(target)}
        aria-valuetext={words.share(target / 100)}
        onChange={(event) => setTried(targets[Number(event.currentTarget.value)] ?? null)}
      />
      <div role="status">
        {t('slo.left')}:{' '}
        <strong className={`num ${remaining !== null && remaining < 0 ? 'tone-error' : ''}`}>
          {words.budget(remaining)}
        </strong>
        <div className="dim">
          {t('slo.trial.allowed', {
            bad: formats.value(events.bad, 'short'),
            allowed: formats.value(allowed, 'short'),
          })}
        </div>
      </div>
      {kept !== null && <div>{t('slo.trial.kept', { target: words.share(kept / 100) })}</div>}
    </div>
  );
}
