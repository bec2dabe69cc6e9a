import { Button } from '@mantine/core';
import { IconBraces, IconChartLine, IconCopy, IconLink, IconTimeline, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { keymap } from '../app/keymap.ts';
import { useShortcuts } from '../app/Shortcuts.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { useFormats } from '../i18n/format.ts';
import { around } from '../time/range.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { FieldPairs } from './FieldPairs.tsx';
import { LineText } from './LineText.tsx';
import { LogContext } from './LogContext.tsx';
import { exactTime, jsonText } from './LogJson.tsx';
import { foldFrames, startOf } from './lineText.ts';
import { fieldsOf, jsonOf } from './lineView.ts';
import type { LogRow } from './rows.ts';

const nearMs = 30_000;
const longestShown = 100_000;

interface Props {
  readonly row: LogRow;
  readonly query: string;
  readonly link: string;
  readonly wanted: readonly string[];
  readonly context: boolean;
  readonly onContext: () => void;
  readonly onOpen: (row: LogRow) => void;
  readonly onRefine: (query: string) => void;
  readonly onClose: () => void;
}

/** The open line: where it leads, its text, its fields with filters, its neighbours. */
export function LogDetail({ row, query, link, wanted, context, onContext, onOpen, onRefine, onClose }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const copy = useCopy();
  useShortcuts([{ id: 'logContext', strokes: keymap.logContext, run: onContext }]);
  const said = t('actions.copied');
  const fields = { query, onRefine };
  return (
    <aside className="panel detail" aria-label={t('logs.detail')}>
      <div className="panel-head">
        <h2 className="num" title={exactTime(row)}>
          {formats.dateTime(row.ms)}
          <span className="dim">.{String(row.ms % 1000).padStart(3, '0')}</span>
        </h2>
        <div className="panel-tools">
          <IconButton size={26} label={t('logs.copyLine')} onClick={() => copy(row.line, said)}>
            <IconCopy size={15} aria-hidden />
          </IconButton>
          <IconButton size={26} label={t('logs.copyJson')} onClick={() => copy(jsonText(row, exactTime(row)), said)}>
            <IconBraces size={15} aria-hidden />
          </IconButton>
          <IconButton size={26} label={t('logs.copyLink')} onClick={() => copy(link, said)}>
            <IconLink size={15} aria-hidden />
          </IconButton>
          <IconButton size={26} label={t('actions.close')} onClick={onClose}>
            <IconX size={15} aria-hidden />
          </IconButton>
        </div>
      </div>
      <div className="detail-body">
        <Ways row={row} />
        <WholeLine row={row} wanted={wanted} />
        <button type="button" className="text-button" aria-expanded={context} onClick={onContext}>
          {context ? t('logs.hideContext') : t('logs.context')}
        </button>
        {context && <LogContext row={row} onOpen={onOpen} />}
        <FieldPairs title={t('logs.labels')} origin="label" pairs={Object.entries(row.labels)} {...fields} />
        <FieldPairs
          title={t('logs.origin.metadata')}
          origin="metadata"
          pairs={Object.entries(row.metadata)}
          {...fields}
        />
        <FieldPairs title={t('logs.origin.parsed')} origin="parsed" pairs={parsedPairs(row)} {...fields} />
      </div>
    </aside>
  );
}

/** What the query took out of the line; without a parser stage, what is in a JSON line. */
function parsedPairs(row: LogRow): readonly (readonly [string, string])[] {
  const taken = Object.entries(row.parsed);
  return taken.length > 0 ? taken : fieldsOf(row.line);
}

/** To the trace, or how to get one; to what the service measured in that minute. */
function Ways({ row }: { readonly row: LogRow }) {
  const { t } = useTranslation();
  const near = around(row.ms, nearMs);
  const metrics = row.service !== '' && (
    <Button
      component={ScreenLink}
      to={`/services/${encodeURIComponent(row.service)}`}
      with={near}
      size="xs"
      variant="default"
      leftSection={<IconChartLine size={14} aria-hidden />}
    >
      {t('logs.metricsNear', { service: row.service })}
    </Button>
  );
  if (row.traceId === null) {
    return (
      <>
        <p className="dim detail-hint">
          {t('logs.noTrace')}{' '}
          <ScreenLink to="/explore/traces" with={{ ...near, service: row.service }}>
            {t('logs.tracesNear', { service: row.service })}
          </ScreenLink>
        </p>
        {metrics}
      </>
    );
  }
  return (
    <div className="detail-ways">
      <Button
        component={ScreenLink}
        to={`/trace/${row.traceId}`}
        {...(row.spanId === null ? {} : { with: { span: row.spanId } })}
        size="xs"
        leftSection={<IconTimeline size={14} aria-hidden />}
      >
        {t('logs.openTrace')}
      </Button>
      {metrics}
    </div>
  );
}

/** The whole text: JSON indented, stack traces with only the first of their frames until one asks. */
function WholeLine({ row, wanted }: { readonly row: LogRow; readonly wanted: readonly string[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const object = jsonOf(row.line);
  const all = object === null ? row.line : JSON.stringify(object, null, 2);
  const text = startOf(all, longestShown);
  const folded = foldFrames(text);
  const hidden = folded.hidden.reduce((sum, one) => sum + one, 0);
  const shown = open || object !== null || hidden === 0 ? text : folded.lines.join('\n');
  return (
    <div className="whole-line">
      <pre className="code-block">
        <LineText text={shown} wanted={wanted} whole />
      </pre>
      {object === null && hidden > 0 && (
        <button type="button" className="text-button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t('logs.foldFrames') : t('logs.moreFrames', { count: hidden })}
        </button>
      )}
      {all.length > text.length && <p className="dim">{t('logs.cutAt', { count: longestShown })}</p>}
    </div>
  );
}
