import { Button, Checkbox, NumberInput, Select, TextInput } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCopy } from '../app/Toasts.tsx';
import { Panel } from '../states/Panel.tsx';
import { DraftPreview } from './DraftPreview.tsx';
import { type Draft, draftFile, isComplete, newDraft } from './draft.ts';

const periods = [7, 14, 28, 30, 90];

/** A form that becomes a file of an objective, with what it would have counted; nothing is saved on the server. */
export function ObjectiveDraft({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const copy = useCopy();
  const [draft, setDraft] = useState<Draft>(newDraft);
  const set = (patch: Partial<Draft>): void => setDraft({ ...draft, ...patch });
  const text = (key: 'name' | 'service' | 'team' | 'description' | 'events' | 'total', label: string) => (
    <TextInput
      size="xs"
      label={label}
      maxLength={2000}
      value={draft[key]}
      onChange={(event) => set({ [key]: event.currentTarget.value })}
    />
  );
  const file = draftFile(draft);
  return (
    <Panel
      title={t('slo.draft.title')}
      tools={
        <Button size="compact-xs" variant="default" onClick={onClose}>
          {t('actions.close')}
        </Button>
      }
    >
      <div className="slo-draft">
        <div className="slo-draft-form">
          {text('name', t('slo.draft.name'))}
          {text('service', t('slo.service'))}
          {text('team', t('slo.team'))}
          <NumberInput
            size="xs"
            label={t('slo.draft.target')}
            min={1}
            max={99.999}
            step={0.1}
            decimalScale={3}
            value={draft.targetPercent}
            onChange={(value) => set({ targetPercent: Number(value) || newDraft.targetPercent })}
          />
          <Select
            size="xs"
            label={t('slo.draft.period')}
            data={periods.map((count) => ({ value: String(count), label: t('slo.periodDays', { count }) }))}
            value={String(draft.periodDays)}
            allowDeselect={false}
            onChange={(value) => set({ periodDays: Number(value) || newDraft.periodDays })}
          />
          <Select
            size="xs"
            label={t('slo.draft.counts')}
            data={(['bad', 'good'] as const).map((value) => ({ value, label: t(`slo.draft.of.${value}`) }))}
            value={draft.counts}
            allowDeselect={false}
            onChange={(value) => set({ counts: value === 'good' ? 'good' : 'bad' })}
          />
          <div className="slo-draft-wide">{text('description', t('slo.draft.description'))}</div>
          <div className="slo-draft-wide">{text('events', t(`slo.draft.of.${draft.counts}`))}</div>
          <div className="slo-draft-wide">{text('total', t('slo.draft.all'))}</div>
          <Checkbox
            size="xs"
            label={t('slo.severity.page')}
            checked={draft.pages}
            onChange={(event) => set({ pages: event.currentTarget.checked })}
          />
          <Checkbox
            size="xs"
            label={t('slo.severity.ticket')}
            checked={draft.tickets}
            onChange={(event) => set({ tickets: event.currentTarget.checked })}
          />
        </div>
        <div className="slo-draft-result">
          <pre className="code-block">{file}</pre>
          <Button
            size="compact-sm"
            variant="default"
            disabled={!isComplete(draft)}
            leftSection={<IconCopy size={14} aria-hidden />}
            onClick={() => copy(file, t('actions.copied'))}
          >
            {t('slo.draft.copy')}
          </Button>
          <p className="dim">{t('slo.draft.where')}</p>
          <h3>{t('slo.draft.preview')}</h3>
          <DraftPreview draft={draft} />
        </div>
      </div>
    </Panel>
  );
}
