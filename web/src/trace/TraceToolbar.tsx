import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import {
  IconArrowsMaximize,
  IconFold,
  IconLogs,
  IconMinus,
  IconPlus,
  IconSearch,
  IconStack2,
  IconZoomReset,
} from '@tabler/icons-react';
import { memo, useDeferredValue, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { pills, type SpanFilter } from './spanFilter.ts';
import type { SpanTable } from './spanTable.ts';
import type { TraceModel } from './useTraceModel.ts';
import type { TraceParts } from './useTraceParts.ts';
import { type TraceView, traceForms } from './useTraceView.ts';

const shownServices = 12;
const shortest = ['1', '10', '100', '1000'] as const;

interface Props {
  readonly table: SpanTable;
  readonly view: TraceView;
  readonly model: TraceModel;
  readonly parts: TraceParts;
  readonly zoomed: boolean;
  readonly onZoom: (window: null) => void;
}

/** Views, find, pills and services: filters that hide, not only highlight. */
export function TraceToolbar({ table, view, model, parts, zoomed, onZoom }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { minMs, pill, hideInfra } = view.filter;
  return (
    <div className="trace-toolbar">
      <FormSelect form={view.form} set={view.set} />
      <FindBox find={view.filter.text} set={view.set} waiting={view.filter.text !== '' && parts.attributesLoading} />
      <PillSelect pill={pill} set={view.set} />
      <InfraButton hideInfra={hideInfra} set={view.set} />
      <ShortestSelect minMs={minMs} set={view.set} />
      <span className="dim num" role="status">
        {t('trace.shown', {
          shown: formats.integer(model.sifted?.matches ?? table.count),
          total: formats.integer(table.count),
        })}
      </span>
      <ServicePills
        table={table}
        hiddenServices={view.filter.hiddenServices}
        set={view.set}
        toggleService={view.toggleService}
      />
      <span className="trace-tools">
        {zoomed && (
          <IconButton label={t('trace.resetZoom')} onClick={() => onZoom(null)}>
            <IconZoomReset size={16} aria-hidden />
          </IconButton>
        )}
        <ShownButtons
          lines={parts.logs.length}
          withLogs={view.withLogs}
          repeats={model.folds.all.length}
          folded={view.folded}
          set={view.set}
        />
        <DepthButtons level={model.level} collapseAll={model.collapseAll} expandAll={model.expandAll} />
      </span>
    </div>
  );
}

type Setter = Pick<TraceView, 'set'>;

const FormSelect = memo(function FormSelect({ form, set }: Setter & Pick<TraceView, 'form'>) {
  const { t } = useTranslation();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('trace.views')}
      value={form}
      onChange={(value) => set({ view: value === 'waterfall' ? null : value })}
      data={traceForms.map((value) => ({ value, label: t(`trace.form.${value}`) }))}
    />
  );
});

const PillSelect = memo(function PillSelect({ pill, set }: Setter & Pick<SpanFilter, 'pill'>) {
  const { t } = useTranslation();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('trace.filter')}
      value={pill}
      onChange={(value) => set({ pill: value === 'all' ? null : value })}
      data={pills.map((value) => ({ value, label: t(`trace.${value}`) }))}
    />
  );
});

const InfraButton = memo(function InfraButton({ hideInfra, set }: Setter & Pick<SpanFilter, 'hideInfra'>) {
  const { t } = useTranslation();
  return (
    <Button
      size="xs"
      variant={hideInfra ? 'light' : 'default'}
      aria-pressed={hideInfra}
      title={t('trace.hideInfraHint')}
      onClick={() => set({ infra: hideInfra ? null : 'hide' })}
    >
      {t('trace.hideInfra')}
    </Button>
  );
});

interface ShownProps extends Setter, Pick<TraceView, 'withLogs' | 'folded'> {
  readonly lines: number;
  readonly repeats: number;
}

/** Whether log lines are shown and repeats folded. */
const ShownButtons = memo(function ShownButtons({ lines, withLogs, repeats, folded, set }: ShownProps) {
  const { t } = useTranslation();
  return (
    <>
      <IconButton
        label={`${t('trace.showLogs')} (${lines})`}
        active={withLogs}
        onClick={() => set({ logs: withLogs ? 'off' : null })}
      >
        <IconLogs size={16} aria-hidden />
      </IconButton>
      {repeats > 0 && (
        <IconButton
          label={t('trace.foldRepeats', { count: repeats })}
          active={folded}
          onClick={() => set({ fold: folded ? 'off' : null })}
        >
          <IconStack2 size={16} aria-hidden />
        </IconButton>
      )}
    </>
  );
});

type DepthProps = Pick<TraceModel, 'level' | 'collapseAll' | 'expandAll'>;

const DepthButtons = memo(function DepthButtons({ level, collapseAll, expandAll }: DepthProps) {
  const { t } = useTranslation();
  return (
    <>
      <IconButton label={t('trace.lessDepth')} onClick={() => level(-1)}>
        <IconMinus size={16} aria-hidden />
      </IconButton>
      <IconButton label={t('trace.moreDepth')} onClick={() => level(1)}>
        <IconPlus size={16} aria-hidden />
      </IconButton>
      <IconButton label={t('trace.collapseAll')} onClick={collapseAll}>
        <IconFold size={16} aria-hidden />
      </IconButton>
      <IconButton label={t('trace.expandAll')} onClick={expandAll}>
        <IconArrowsMaximize size={16} aria-hidden />
      </IconButton>
    </>
  );
});

const ShortestSelect = memo(function ShortestSelect({ minMs, set }: Setter & { readonly minMs: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <Select
      size="xs"
      w={132}
      clearable
      aria-label={t('trace.shortest')}
      placeholder={t('trace.shortest')}
      data={shortest.map((value) => ({
        value,
        label: t('trace.atLeast', { duration: formats.duration(Number(value)) }),
      }))}
      value={minMs === 0 ? null : String(minMs)}
      onChange={(value) => set({ min: value })}
    />
  );
});

interface FindBoxProps extends Setter {
  readonly find: string;
  readonly waiting: boolean;
}

/** The text as it is typed; the address follows when the typing pauses long enough to draw. */
const FindBox = memo(function FindBox({ find, set, waiting }: FindBoxProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(find);
  const settled = useDeferredValue(text);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address follows the text, not its own changes.
  useEffect(() => {
    if (settled !== find) set({ find: settled });
  }, [settled]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a text that came with the address (Back, a link) is shown.
  useEffect(() => {
    if (find !== settled) setText(find);
  }, [find]);
  return (
    <TextInput
      size="xs"
      w={170}
      leftSection={<IconSearch size={13} aria-hidden />}
      placeholder={t('trace.find')}
      aria-label={t('trace.find')}
      aria-busy={waiting}
      data-main-search
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  );
});

interface PillsProps extends Pick<TraceView, 'set' | 'toggleService'> {
  readonly table: SpanTable;
  readonly hiddenServices: ReadonlySet<string>;
}

const ServicePills = memo(function ServicePills({ table, hiddenServices, set, toggleService }: PillsProps) {
  const { t } = useTranslation();
  const theme = useTheme();
  const [all, setAll] = useState(false);
  const services = all ? table.serviceCounts : table.serviceCounts.slice(0, shownServices);
  const left = table.serviceCounts.length - services.length;
  return (
    <span className="pills">
      {services.map(({ name, spans, failures }) => {
        const hidden = hiddenServices.has(name);
        const key = hidden ? 'trace.showService' : 'trace.hideService';
        return (
          <button
            type="button"
            key={name}
            className="chip"
            data-hidden={hidden || undefined}
            aria-pressed={!hidden}
            title={t(key, { service: name })}
            onClick={(event) => {
              if (!event.altKey) toggleService(name);
              else set({ hide: table.services.filter((one) => one !== name).join(',') });
            }}
          >
            <span className="swatch" style={{ background: serviceColor(name, theme) }} />
            {name} <span className="dim num">{spans}</span>
            {failures > 0 && <span className="tone-error num"> {failures}</span>}
          </button>
        );
      })}
      {left > 0 && (
        <button type="button" className="text-button" onClick={() => setAll(true)}>
          {t('actions.more', { count: left })}
        </button>
      )}
      {hiddenServices.size > 0 && (
        <button type="button" className="text-button" onClick={() => set({ hide: null })}>
          {t('trace.allServices')}
        </button>
      )}
    </span>
  );
});
