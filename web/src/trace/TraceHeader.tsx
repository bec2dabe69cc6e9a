import { Button } from '@mantine/core';
import { IconAlertCircleFilled, IconCopy, IconLogs } from '@tabler/icons-react';
import type { TraceAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { useFormats } from '../i18n/format.ts';
import { around } from '../time/range.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import type { TraceTree } from './traceTree.ts';

interface Props {
  readonly trace: TraceAnswer;
  readonly tree: TraceTree;
  readonly startMs: number;
}

/** Which trace this is, in one line, and the way to its logs. */
export function TraceHeader({ trace, tree, startMs }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const copy = useCopy();
  const root = tree.spans[0]?.span;
  const window = around(startMs + tree.durationMs / 2, tree.durationMs / 2 + 60_000);
  return (
    <div className="screen-head">
      <h1>
        {root?.service}: {root?.operation}
      </h1>
      <span className="dim num">
        {formats.duration(tree.durationMs)} · {t('traces.spanCount', { count: tree.spans.length })} ·{' '}
        {formats.dateTime(startMs)}
      </span>
      {tree.errors > 0 && (
        <span className="tone-error with-icon">
          <IconAlertCircleFilled size={14} aria-hidden />
          {t('traces.errorCount', { count: tree.errors })}
        </span>
      )}
      <span className="with-icon">
        <code className="dim trace-id">{trace.traceId}</code>
        <IconButton size={22} label={t('trace.copyId')} onClick={() => copy(trace.traceId, t('actions.copied'))}>
          <IconCopy size={13} aria-hidden />
        </IconButton>
      </span>
      <div className="screen-actions">
        <Button
          component={ScreenLink}
          to="/explore/logs"
          with={{ ...window, q: `{service=~".+"} | trace_id="${trace.traceId}"` }}
          size="xs"
          variant="default"
          leftSection={<IconLogs size={14} aria-hidden />}
        >
          {t('trace.traceLogs')}
        </Button>
      </div>
    </div>
  );
}
