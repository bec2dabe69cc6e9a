import { Button, Popover, TextInput } from '@mantine/core';
import { IconAlertCircleFilled, IconArrowsDiff, IconCopy, IconDownload, IconLogs } from '@tabler/icons-react';
import { type FormEvent, memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { traceIdIn } from '../app/pasted.ts';
import { useCopy } from '../app/Toasts.tsx';
import { useFormats } from '../i18n/format.ts';
import { around } from '../time/range.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { goTo } from '../url/view.ts';
import { operationOf, type SpanTable, serviceOf } from './spanTable.ts';

interface Props {
  readonly table: SpanTable;
  readonly startMs: number;
}

const marginMs = 60_000;

/** Which trace this is, in one line, and where it leads: its logs, its JSON, another trace to hold it against. */
export const TraceHeader = memo(function TraceHeader({ table, startMs }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const copy = useCopy();
  const { traceId } = table;
  const durationMs = table.durationNs / 1e6;
  const window = around(startMs + durationMs / 2, durationMs / 2 + marginMs);
  const json = `${globalThis.location.origin}/api/traces/${traceId}`;
  return (
    <div className="screen-head">
      <h1>
        {serviceOf(table, 0)}: {operationOf(table, 0)}
      </h1>
      <span className="dim num">
        {formats.duration(durationMs)} · {t('traces.spanCount', { count: table.count })} · {formats.dateTime(startMs)}
      </span>
      {table.failures > 0 && (
        <span className="tone-error with-icon">
          <IconAlertCircleFilled size={14} aria-hidden />
          {t('traces.errorCount', { count: table.failures })}
        </span>
      )}
      <span className="with-icon">
        <code className="dim trace-id">{traceId}</code>
        <IconButton size={22} label={t('trace.copyId')} onClick={() => copy(traceId, t('actions.copied'))}>
          <IconCopy size={13} aria-hidden />
        </IconButton>
        <IconButton size={22} label={t('trace.copyCurl')} onClick={() => copy(`curl '${json}'`, t('actions.copied'))}>
          <IconDownload size={13} aria-hidden />
        </IconButton>
      </span>
      <div className="screen-actions">
        <CompareButton traceId={traceId} />
        <Button
          component={ScreenLink}
          to="/explore/logs"
          with={{ ...window, q: `{service=~".+"} | trace_id="${traceId}"` }}
          size="xs"
          variant="default"
          leftSection={<IconLogs size={14} aria-hidden />}
        >
          {t('trace.traceLogs')}
        </Button>
      </div>
    </div>
  );
});

function CompareButton({ traceId }: { readonly traceId: string }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [text, setText] = useState('');
  const other = traceIdIn(text);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (other !== null) goTo(`/trace/${other}...${traceId}`);
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" trapFocus>
      <Popover.Target>
        <Button
          size="xs"
          variant="default"
          aria-expanded={opened}
          leftSection={<IconArrowsDiff size={14} aria-hidden />}
          onClick={() => setOpened(!opened)}
        >
          {t('trace.compare.open')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form className="trace-compare-form" onSubmit={submit}>
          <TextInput
            size="xs"
            w={300}
            data-autofocus
            label={t('trace.compare.with')}
            placeholder="4bf92f3577b34da6a3ce929d0e0e4736"
            value={text}
            error={text !== '' && other === null ? t('trace.compare.noId') : null}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button size="xs" type="submit" disabled={other === null}>
            {t('trace.compare.run')}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
