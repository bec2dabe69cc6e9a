import { Autocomplete, Button, NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useServices } from '../app/useServices.ts';
import { spanFields } from '../data/tempo.ts';
import { fetchOperations } from '../data/traces.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { everything, toTraceql } from './formQuery.ts';
import {
  defaultLimit,
  type TraceForm as Form,
  isDuration,
  isSpanChoice,
  joinAttributes,
  mostTraces,
  spanChoices,
  splitAttributes,
} from './searchForm.ts';

interface Props {
  readonly form: Form;
  /** Asks for the TraceQL that the form became. */
  readonly onFind: (query: string) => void;
  readonly onLimit: (limit: string | null) => void;
}

/** What to look for; nothing is required. */
export function TraceForm({ form, onFind, onLimit }: Props) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(form);
  const [attributes, setAttributes] = useState(joinAttributes(form.attributes));
  const { services, operations, fields } = useChoices(draft.service);
  const find = (next: Form): void => {
    onLimit(next.limit === defaultLimit ? null : String(next.limit));
    onFind(
      toTraceql({
        ...next,
        service: next.service.trim(),
        operation: next.operation.trim(),
        min: next.min.trim(),
        max: next.max.trim(),
        attributes: splitAttributes(attributes),
      }),
    );
  };
  const valid = isDuration(draft.min.trim()) && isDuration(draft.max.trim());
  const set = (patch: Partial<Form>): void => setDraft({ ...draft, ...patch });
  const duration = (which: 'min' | 'max') => (
    <TextInput
      size="xs"
      w={84}
      label={t(`traces.${which}`)}
      placeholder={which === 'min' ? '100ms' : '5s'}
      value={draft[which]}
      error={!isDuration(draft[which].trim()) && t('traces.badDuration')}
      onChange={(event) => set({ [which]: event.currentTarget.value })}
    />
  );
  const written = attributes.slice(0, attributes.lastIndexOf(' ') + 1);
  return (
    <form
      className="trace-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) find(draft);
      }}
    >
      <Autocomplete
        size="xs"
        w={140}
        label={t('traces.service')}
        placeholder={t('traces.anyService')}
        data={services}
        value={draft.service}
        onChange={(service) => set({ service, operation: '' })}
      />
      <Autocomplete
        size="xs"
        w={160}
        label={t('traces.operation')}
        placeholder={t('traces.anyOperation')}
        data={operations}
        limit={50}
        value={draft.operation}
        onChange={(operation) => set({ operation })}
      />
      <Select
        size="xs"
        w={112}
        allowDeselect={false}
        label={t('traces.spans')}
        data={spanChoices.map((value) => ({ value, label: t(`traces.spanKind.${value === '' ? 'all' : value}`) }))}
        value={draft.kind}
        onChange={(value) => {
          const kind = isSpanChoice(value) ? value : '';
          set({ kind });
          if (valid) find({ ...draft, kind });
        }}
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
      <Autocomplete
        size="xs"
        className="trace-form-grow"
        label={t('traces.attribute')}
        placeholder={t('traces.attributeHint')}
        data={fields.map((field) => `${written}${field}=`)}
        limit={30}
        value={attributes}
        onChange={setAttributes}
      />
      <NumberInput
        size="xs"
        w={70}
        label={t('traces.limit')}
        min={1}
        max={mostTraces}
        value={draft.limit}
        onChange={(value) => set({ limit: Number(value) || defaultLimit })}
      />
      <Button size="xs" type="submit" variant="default" disabled={!valid}>
        {t('traces.apply')}
      </Button>
      <Button size="xs" variant="subtle" color="gray" onClick={() => onFind(everything)}>
        {t('traces.reset')}
      </Button>
    </form>
  );
}

/** What may stand in the boxes: services, the chosen one's operations, attributes in use. */
function useChoices(service: string): {
  readonly services: string[];
  readonly operations: string[];
  readonly fields: readonly string[];
} {
  const { range } = useTime();
  const services = (useServices().data?.services ?? []).map(({ name }) => name);
  const operations = useAnswer({
    subject: ['operations', service],
    at: [],
    ask: (signal) => fetchOperations(service, range, signal),
    enabled: service === '' || services.includes(service),
  });
  const fields = useAnswer({ subject: ['span-fields'], at: [], ask: (signal) => spanFields(range, signal) });
  return {
    services,
    operations: [...new Set(operations.data?.operations ?? [])],
    fields: (fields.data ?? []).filter((field) => field.includes('.') && field !== 'resource.service.name'),
  };
}
