import { Autocomplete, Button, NumberInput, SegmentedControl, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useServices } from '../app/useServices.ts';
import { fetchOperations } from '../data/trilith.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import type { Patch } from '../url/view.ts';
import { defaultLimit, type TraceForm as Form, isDuration, joinAttributes, splitAttributes } from './searchForm.ts';

interface Props {
  readonly form: Form;
  readonly onFind: (patch: Patch) => void;
}

/** What to look for; nothing is required. */
export function TraceForm({ form, onFind }: Props) {
  const { t } = useTranslation();
  const { range } = useTime();
  const [draft, setDraft] = useState(form);
  const [attributes, setAttributes] = useState(joinAttributes(form.attributes));
  const services = (useServices().data?.services ?? []).map((service) => service.name);
  const operations = useAnswer({
    subject: ['operations', draft.service],
    at: [],
    ask: (signal) => fetchOperations(draft.service, range, signal),
    enabled: services.includes(draft.service),
  });
  const find = (next: Form): void =>
    onFind({
      service: next.service.trim(),
      operation: next.operation.trim(),
      min: next.min.trim(),
      max: next.max.trim(),
      status: next.status,
      attr: joinAttributes(splitAttributes(attributes)),
      limit: next.limit === defaultLimit ? null : String(next.limit),
    });
  const valid = isDuration(draft.min.trim()) && isDuration(draft.max.trim());
  const set = (patch: Partial<Form>): void => setDraft({ ...draft, ...patch });
  const duration = (which: 'min' | 'max') => (
    <TextInput
      size="xs"
      w={92}
      label={t(`traces.${which}`)}
      placeholder={which === 'min' ? '100ms' : '5s'}
      value={draft[which]}
      error={!isDuration(draft[which].trim()) && t('traces.badDuration')}
      onChange={(event) => set({ [which]: event.currentTarget.value })}
    />
  );
  return (
    <form
      className="panel trace-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) find(draft);
      }}
    >
      <Autocomplete
        size="xs"
        w={160}
        label={t('traces.service')}
        placeholder={t('traces.anyService')}
        data={services}
        value={draft.service}
        onChange={(service) => set({ service, operation: '' })}
        data-main-search
      />
      <Autocomplete
        size="xs"
        w={190}
        label={t('traces.operation')}
        placeholder={t('traces.anyOperation')}
        data={[...new Set(operations.data?.operations ?? [])]}
        limit={50}
        value={draft.operation}
        onChange={(operation) => set({ operation })}
      />
      {duration('min')}
      {duration('max')}
      <div>
        <div className="mantine-label">{t('traces.status')}</div>
        <SegmentedControl
          size="xs"
          value={draft.status === '' ? 'any' : draft.status}
          onChange={(value) => {
            const status = value === 'error' || value === 'ok' ? value : '';
            set({ status });
            if (valid) find({ ...draft, status });
          }}
          data={[
            { value: 'any', label: t('traces.any') },
            { value: 'error', label: t('traces.errorsOnly') },
            { value: 'ok', label: t('traces.okOnly') },
          ]}
        />
      </div>
      <TextInput
        size="xs"
        className="trace-form-grow"
        label={t('traces.attribute')}
        placeholder={t('traces.attributeHint')}
        value={attributes}
        onChange={(event) => setAttributes(event.currentTarget.value)}
      />
      <NumberInput
        size="xs"
        w={70}
        label={t('traces.limit')}
        min={1}
        max={1000}
        value={draft.limit}
        onChange={(value) => set({ limit: Number(value) || defaultLimit })}
      />
      <Button size="xs" type="submit" disabled={!valid}>
        {t('traces.find')}
      </Button>
      <Button
        size="xs"
        variant="default"
        onClick={() =>
          onFind({ service: null, operation: null, min: null, max: null, status: null, attr: null, limit: null })
        }
      >
        {t('traces.reset')}
      </Button>
    </form>
  );
}
