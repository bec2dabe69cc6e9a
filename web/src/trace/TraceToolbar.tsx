import { SegmentedControl, TextInput } from '@mantine/core';
import { IconArrowsMaximize, IconFold, IconLogs, IconSearch, IconZoomReset } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import type { TraceTree } from './traceTree.ts';
import type { TraceView } from './useTraceView.ts';

interface Props {
  readonly view: TraceView;
  readonly tree: TraceTree;
  readonly shown: number;
  readonly logs: number;
  readonly zoomed: boolean;
  readonly onCollapseAll: () => void;
  readonly onExpandAll: () => void;
  readonly onResetZoom: () => void;
}

/** Find, pills and services: filters that hide, not only highlight. */
export function TraceToolbar({ view, tree, shown, logs, zoomed, onCollapseAll, onExpandAll, onResetZoom }: Props) {
  const { t } = useTranslation();
  const theme = useTheme();
  const formats = useFormats();
  const pills = ['all', 'errors', 'slow', 'critical'] as const;
  return (
    <div className="trace-toolbar">
      <TextInput
        size="xs"
        w={200}
        leftSection={<IconSearch size={13} aria-hidden />}
        placeholder={t('trace.find')}
        aria-label={t('trace.find')}
        data-main-search
        value={view.filter.text}
        onChange={(event) => view.setText(event.currentTarget.value)}
      />
      <SegmentedControl
        size="xs"
        value={view.filter.pill}
        onChange={(value) => view.setPill(pills.find((pill) => pill === value) ?? 'all')}
        data={pills.map((value) => ({ value, label: t(`trace.${value}`) }))}
      />
      <span className="dim num" role="status">
        {t('trace.shown', { shown: formats.integer(shown), total: formats.integer(tree.spans.length) })}
      </span>
      <span className="pills">
        {tree.services.slice(0, 12).map((service) => {
          const hidden = view.filter.hiddenServices.has(service.name);
          return (
            <button
              type="button"
              key={service.name}
              className="chip"
              data-hidden={hidden || undefined}
              aria-pressed={!hidden}
              title={
                hidden
                  ? t('trace.showService', { service: service.name })
                  : t('trace.hideService', { service: service.name })
              }
              onClick={() => view.toggleService(service.name)}
            >
              <span className="swatch" style={{ background: serviceColor(service.name, theme) }} />
              {service.name} <span className="dim num">{service.spans}</span>
            </button>
          );
        })}
      </span>
      <span className="trace-tools">
        {zoomed && (
          <IconButton label={t('trace.resetZoom')} onClick={onResetZoom}>
            <IconZoomReset size={16} aria-hidden />
          </IconButton>
        )}
        <IconButton
          label={`${t('trace.showLogs')} (${logs})`}
          active={view.withLogs}
          onClick={() => view.setWithLogs(!view.withLogs)}
        >
          <IconLogs size={16} aria-hidden />
        </IconButton>
        <IconButton label={t('trace.collapseAll')} onClick={onCollapseAll}>
          <IconFold size={16} aria-hidden />
        </IconButton>
        <IconButton label={t('trace.expandAll')} onClick={onExpandAll}>
          <IconArrowsMaximize size={16} aria-hidden />
        </IconButton>
      </span>
    </div>
  );
}
