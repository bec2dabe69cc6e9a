import { Button, Popover } from '@mantine/core';
import type { SloDetail, SloExclusion } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useToast } from '../app/Toasts.tsx';
import { removeExclusion } from '../data/slo.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { useAction } from '../states/useAction.ts';
import type { Range } from '../time/range.ts';
import { ExclusionEffect } from './ExclusionEffect.tsx';
import { ExclusionForm } from './ExclusionForm.tsx';
import { useSloWords } from './useSloWords.ts';

interface Props {
  readonly objective: SloDetail;
  /** The stretch that is to be excluded, ms; null: the form is closed. */
  readonly chosen: Range | null;
  readonly onChoose: (range: Range | null) => void;
  readonly onChanged: () => void;
}

const hourMs = 3_600_000;

/** Time taken out of the budget, with what adding or taking back one does to it. */
export function ExclusionsPanel({ objective, chosen, onChoose, onChanged }: Props) {
  const { t } = useTranslation();
  const { exclusions, countedUntilMs } = objective;
  const open = (): void => {
    const toMs = countedUntilMs ?? Date.now();
    onChoose({ fromMs: toMs - hourMs, toMs });
  };
  return (
    <Panel
      title={t('slo.exclusions')}
      tools={
        chosen === null && (
          <Button size="compact-xs" variant="default" onClick={open}>
            {t('slo.exclude')}
          </Button>
        )
      }
    >
      {chosen !== null && (
        <ExclusionForm
          key={`${chosen.fromMs} ${chosen.toMs}`}
          objective={objective}
          chosen={chosen}
          onClose={() => onChoose(null)}
          onChanged={onChanged}
        />
      )}
      {exclusions.length === 0 && chosen === null && <p className="panel-text dim">{t('slo.noExclusions')}</p>}
      <ul className="exclusion-list">
        {exclusions.map((exclusion) => (
          <ExclusionRow key={exclusion.id} objective={objective} exclusion={exclusion} onChanged={onChanged} />
        ))}
      </ul>
    </Panel>
  );
}

interface RowProps {
  readonly objective: SloDetail;
  readonly exclusion: SloExclusion;
  readonly onChanged: () => void;
}

function ExclusionRow({ objective, exclusion, onChanged }: RowProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const words = useSloWords();
  const toast = useToast();
  const { busy, run } = useAction();
  const [opened, setOpened] = useState(false);
  const { id, fromMs, toMs, reason, author } = exclusion;
  const remove = (): void =>
    run(
      () => removeExclusion(objective.name, id),
      ({ remaining }) => {
        toast(t('slo.nowLeft', { left: words.budget(remaining) }));
        setOpened(false);
        onChanged();
      },
    );
  return (
    <li>
      <div>
        <span className="num">
          {formats.short(fromMs)} – {formats.short(toMs)}
        </span>{' '}
        <span className="break">{reason}</span>
        {exclusion.objective === '*' && <span className="chip">{t('slo.everywhere')}</span>}
        {author !== '' && <div className="dim">{author}</div>}
      </div>
      <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" withinPortal trapFocus>
        <Popover.Target>
          <Button size="compact-xs" variant="default" aria-expanded={opened} onClick={() => setOpened(!opened)}>
            {t('slo.include')}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <div className="exclusion-form">
            <ExclusionEffect objective={objective} change={{ without: id }} />
            <Button size="compact-sm" disabled={busy} onClick={remove}>
              {t('slo.include')}
            </Button>
          </div>
        </Popover.Dropdown>
      </Popover>
    </li>
  );
}
