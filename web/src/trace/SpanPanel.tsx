import { Button, TextInput } from '@mantine/core';
import {
  IconActivity,
  IconBraces,
  IconCopy,
  IconCornerLeftUp,
  IconLink,
  IconLogs,
  IconSearch,
  IconTimeline,
  IconX,
} from '@tabler/icons-react';
import type { SpanAnswer } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { fetchSpan, spanPath } from '../data/trace.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { around } from '../time/range.ts';
import { TraceContext } from '../trace_context/TraceContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { AttributeList, PinnedAttributes } from './AttributeList.tsx';
import { criticalTimeOf } from './criticalPath.ts';
import { SpanEvents } from './SpanEvents.tsx';
import { SpanUsual } from './SpanUsual.tsx';
import { idOf, kindOf, operationOf, type SpanTable, serviceOf } from './spanTable.ts';
import type { Pins } from './usePins.ts';
import type { TraceModel } from './useTraceModel.ts';
import type { TraceParts } from './useTraceParts.ts';

const aroundServiceMs = 15 * 60_000;
const aroundLogsMs = 60_000;

interface Props {
  readonly table: SpanTable;
  readonly row: number;
  readonly model: TraceModel;
  readonly parts: TraceParts;
  readonly pins: Pins;
  readonly onClose: () => void;
  readonly onSelect: (row: number) => void;
}

/** The chosen span: figures, what is usual, where it leads, attributes, events, links, and all that is known around it. */
export function SpanPanel({ table, row, model, parts, pins, onClose, onSelect }: Props) {
  const { t } = useTranslation();
  const copy = useCopy();
  const spanId = idOf(table, row);
  const kind = kindOf(table, row);
  const operation = operationOf(table, row);
  const parent = table.parent[row] ?? -1;
  const answer = useAnswer({
    subject: ['span', table.traceId, spanId, kind],
    at: [],
    ask: (signal) => fetchSpan(table.traceId, spanId, kind, signal),
  });
  const link = `${globalThis.location.origin}/trace/${table.traceId}?span=${spanId}`;
  return (
    <aside className="panel detail" aria-label={operation}>
      <div className="panel-head">
        <h2 className="break">
          {serviceOf(table, row)}: {operation}
        </h2>
        <div className="panel-tools">
          {parent >= 0 && (
            <IconButton size={26} label={t('trace.toParent')} onClick={() => onSelect(parent)}>
              <IconCornerLeftUp size={15} aria-hidden />
            </IconButton>
          )}
          <IconButton size={26} label={t('trace.copyLink')} onClick={() => copy(link, t('actions.copied'))}>
            <IconLink size={15} aria-hidden />
          </IconButton>
          <IconButton
            size={26}
            label={t('trace.copyCurl')}
            onClick={() =>
              copy(`curl '${globalThis.location.origin}${spanPath(table.traceId, spanId)}'`, t('actions.copied'))
            }
          >
            <IconBraces size={15} aria-hidden />
          </IconButton>
          <IconButton size={26} label={t('actions.close')} onClick={onClose}>
            <IconX size={15} aria-hidden />
          </IconButton>
        </div>
      </div>
      <div className="detail-body">
        <SpanFacts table={table} row={row} model={model} />
        <SpanUsual table={table} row={row} usual={parts.usual} />
        <SpanActions table={table} row={row} />
        <Answered answer={answer} height={120}>
          {(span) => <SpanContents answer={span} startNs={table.startNs} pins={pins} />}
        </Answered>
        <TraceContext traceId={table.traceId} spanId={spanId} />
      </div>
    </aside>
  );
}

function SpanFacts({ table, row, model }: Pick<Props, 'table' | 'row' | 'model'>) {
  const { t } = useTranslation();
  const formats = useFormats();
  const ms = (ns: number | undefined): string => formats.duration((ns ?? 0) / 1e6);
  const startMs = Number(table.startNs / 1_000_000n) + (table.start[row] ?? 0) / 1e6;
  const facts: readonly (readonly [string, string])[] = [
    [t('trace.starts'), `${ms(table.start[row])} · ${formats.clock(startMs)}`],
    [t('trace.duration'), ms(table.duration[row])],
    [t('trace.selfTime'), ms(table.self[row])],
    [t('trace.kind'), kindOf(table, row)],
    [
      t('trace.critical'),
      model.critical.on[row] === 1 ? ms(criticalTimeOf(model.critical, row)) : t('trace.notOnPath'),
    ],
    [t('trace.below'), formats.integer(table.below[row] ?? 0)],
  ];
  return (
    <dl className="span-facts num">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt className="dim">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function SpanActions({ table, row }: Pick<Props, 'table' | 'row'>) {
  const { t } = useTranslation();
  const service = serviceOf(table, row);
  const startMs = Number(table.startNs / 1_000_000n) + (table.start[row] ?? 0) / 1e6;
  const durationMs = (table.duration[row] ?? 0) / 1e6;
  const button = { size: 'compact-xs', variant: 'default', component: ScreenLink } as const;
  return (
    <div className="span-actions">
      <Button
        {...button}
        to="/explore/logs"
        with={{
          ...around(startMs, durationMs + aroundLogsMs),
          q: `{service=~".+"} | trace_id="${table.traceId}" | span_id="${idOf(table, row)}"`,
        }}
        leftSection={<IconLogs size={14} aria-hidden />}
      >
        {t('trace.spanLogs')}
      </Button>
      <Button
        {...button}
        to={`/services/${encodeURIComponent(service)}`}
        with={around(startMs, aroundServiceMs)}
        leftSection={<IconActivity size={14} aria-hidden />}
      >
        {t('trace.serviceMetrics', { service })}
      </Button>
      <Button
        {...button}
        to="/explore/traces"
        with={{ service, operation: operationOf(table, row) }}
        leftSection={<IconTimeline size={14} aria-hidden />}
      >
        {t('trace.similar')}
      </Button>
    </div>
  );
}

interface ContentsProps extends Pick<Props, 'pins'> {
  readonly answer: SpanAnswer;
  readonly startNs: bigint;
}

function SpanContents({ answer, startNs, pins }: ContentsProps) {
  const { t } = useTranslation();
  const copy = useCopy();
  const [search, setSearch] = useState('');
  const [raw, setRaw] = useState(false);
  const { span, resource } = answer;
  const json = (): string => JSON.stringify({ ...span, resource }, null, 2);
  return (
    <>
      {span.status !== 'unset' && (
        <p className={span.status === 'error' ? 'tone-error' : 'dim'}>
          {t('trace.statusLabel')}: {t(`trace.status.${span.status}`)}
          {span.statusMessage !== '' && `: ${span.statusMessage}`}
        </p>
      )}
      <PinnedAttributes pins={pins} attributes={span.attributes} resource={resource} />
      <TextInput
        size="xs"
        leftSection={<IconSearch size={13} aria-hidden />}
        placeholder={t('trace.searchAttributes')}
        aria-label={t('trace.searchAttributes')}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <AttributeList
        title={t('trace.attributes')}
        attributes={span.attributes}
        search={search}
        scope="span"
        pins={pins}
      />
      <SpanEvents span={span} startNs={startNs} search={search} />
      <AttributeList title={t('trace.resource')} attributes={resource} search={search} scope="resource" pins={pins} />
      <p className="dim">
        {t('trace.scope')}: {span.scope === '' ? '–' : span.scope}
      </p>
      <div className="span-actions">
        <Button
          size="compact-xs"
          variant="default"
          aria-expanded={raw}
          leftSection={<IconBraces size={14} aria-hidden />}
          onClick={() => setRaw(!raw)}
        >
          JSON
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconCopy size={14} aria-hidden />}
          onClick={() => copy(json(), t('actions.copied'))}
        >
          {t('trace.copyJson')}
        </Button>
      </div>
      {raw && <pre className="span-json">{json()}</pre>}
    </>
  );
}
