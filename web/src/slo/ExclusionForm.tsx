import { Button, Checkbox, TextInput } from '@mantine/core';
import type { SloDetail } from '@trilith/contract';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useToast } from '../app/Toasts.tsx';
import { addExclusion } from '../data/slo.ts';
import { useAction } from '../states/useAction.ts';
import { MomentInput } from '../time/MomentInput.tsx';
import type { Range } from '../time/range.ts';
import { ExclusionEffect } from './ExclusionEffect.tsx';
import { useSloWords } from './useSloWords.ts';

interface Props {
  readonly objective: SloDetail;
  readonly chosen: Range;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

/** Takes a stretch of time, also of the past, out of the budget; a reason is required and kept. */
export function ExclusionForm({ objective, chosen, onClose, onChanged }: Props) {
  const { t } = useTranslation();
  const words = useSloWords();
  const toast = useToast();
  const { busy, run } = useAction();
  const [fromMs, setFrom] = useState<number | null>(chosen.fromMs);
  const [toMs, setTo] = useState<number | null>(chosen.toMs);
  const form = useRef<HTMLFormElement>(null);
  // Time is chosen on a graph above, often out of sight of the form.
  useEffect(() => {
    form.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const [reason, setReason] = useState('');
  const [everywhere, setEverywhere] = useState(false);
  const range =
    fromMs === null || toMs === null || toMs <= fromMs ? null : { fromMs: Math.floor(fromMs), toMs: Math.ceil(toMs) };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (range === null || reason.trim() === '') return;
    run(
      () => addExclusion(objective.name, { ...range, reason: reason.trim(), everywhere }),
      ({ remaining }) => {
        toast(t('slo.nowLeft', { left: words.budget(remaining) }));
        onChanged();
        onClose();
      },
    );
  };
  return (
    <form ref={form} className="exclusion-form" onSubmit={submit}>
      <div className="exclusion-ends">
        <MomentInput label={t('slo.from')} ms={fromMs} onChange={setFrom} />
        <MomentInput label={t('slo.to')} ms={toMs} onChange={setTo} />
      </div>
      <TextInput
        size="xs"
        label={t('slo.reason')}
        value={reason}
        maxLength={1000}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Checkbox
        size="xs"
        label={t('slo.forAll')}
        checked={everywhere}
        onChange={(event) => setEverywhere(event.currentTarget.checked)}
      />
      {range === null ? (
        <div className="tone-error">{t('slo.order')}</div>
      ) : (
        <ExclusionEffect objective={objective} change={range} />
      )}
      <div className="exclusion-actions">
        <Button type="submit" size="compact-sm" disabled={busy || range === null || reason.trim() === ''}>
          {t('slo.exclude')}
        </Button>
        <Button size="compact-sm" variant="default" onClick={onClose}>
          {t('states.cancel')}
        </Button>
      </div>
    </form>
  );
}
