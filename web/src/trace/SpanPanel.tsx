import { Button, TextInput } from '@mantine/core';
import { IconActivity, IconLogs, IconSearch, IconTimeline, IconX } from '@tabler/icons-react';
import type { LogRecord, TraceAnswer } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useFormats } from '../i18n/format.ts';
import { withoutControls } from '../logs/lineText.ts';
import { previewOf } from '../logs/lineView.ts';
import { levelOf } from '../logs/rows.ts';
import { around } from '../time/range.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { AttributeList } from './AttributeList.tsx';
import type { TraceTree, TreeSpan } from './traceTree.ts';

const aroundServiceMs = 15 * 60_000;
const aroundLogsMs = 60_000;

interface Props {
  readonly one: TreeSpan;
  readonly trace: TraceAnswer;
  readonly tree: TraceTree;
  readonly logs: readonly LogRecord[];
  readonly onClose: () => void;
}

/** The chosen span: figures, where it leads, attributes, events, links, its log lines. */
export function SpanPanel({ one, trace, tree, logs, onClose }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [search, setSearch] = useState('');
  const { span } = one;
  const startMs = Number(BigInt(span.startNs) / 1_000_000n);
  const facts: readonly (readonly [string, string])[] = [
    [t('trace.starts'), `${formats.duration(one.startMs)} · ${formats.clock(startMs)}`],
    [t('trace.duration'), formats.duration(one.durationMs)],
    [t('trace.selfTime'), formats.duration(one.selfMs)],
    [t('trace.kind'), span.kind],
    [
      t('trace.statusLabel'),
      `${t(`trace.status.${span.status}`)}${span.statusMessage === '' ? '' : `: ${span.statusMessage}`}`,
    ],
    [t('trace.scope'), span.scope === '' ? '–' : span.scope],
  ];
  const resource = trace.resources[span.resource] ?? {};
  return (
    <aside className="panel detail" aria-label={span.operation}>
      <div className="panel-head">
        <h2 className="break">
          {span.service}: {span.operation}
        </h2>
        <IconButton size={26} label={t('actions.close')} onClick={onClose}>
          <IconX size={15} aria-hidden />
        </IconButton>
      </div>
      <div className="detail-body">
        <dl className="span-facts num">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt className="dim">{name}</dt>
              <dd className={name === t('trace.statusLabel') && span.status === 'error' ? 'tone-error' : ''}>
                {value}
              </dd>
            </div>
          ))}
        </dl>
        {one.parentMissing && <p className="dim">{t('trace.noParent', { id: span.parentSpanId })}</p>}
        <div className="span-actions">
          <Button
            component={ScreenLink}
            to="/explore/logs"
            with={{
              ...around(startMs, one.durationMs + aroundLogsMs),
              q: `{service=~".+"} | trace_id="${trace.traceId}" | span_id="${span.spanId}"`,
            }}
            size="compact-xs"
            variant="default"
            leftSection={<IconLogs size={14} aria-hidden />}
          >
            {t('trace.spanLogs')}
          </Button>
          <Button
            component={ScreenLink}
            to={`/services/${encodeURIComponent(span.service)}`}
            with={around(startMs, aroundServiceMs)}
            size="compact-xs"
            variant="default"
            leftSection={<IconActivity size={14} aria-hidden />}
          >
            {t('trace.serviceMetrics', { service: span.service })}
          </Button>
          <Button
            component={ScreenLink}
            to="/explore/traces"
            with={{ service: span.service, operation: span.operation }}
            size="compact-xs"
            variant="default"
            leftSection={<IconTimeline size={14} aria-hidden />}
          >
            {t('trace.similar')}
          </Button>
        </div>
        <TextInput
          size="xs"
          leftSection={<IconSearch size={13} aria-hidden />}
          placeholder={t('trace.searchAttributes')}
          aria-label={t('trace.searchAttributes')}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <AttributeList title={t('trace.attributes')} attributes={span.attributes} search={search} filterable />
        {span.events.length > 0 && (
          <section>
            <h3 className="field-group">
              {t('trace.events')} ({span.events.length})
            </h3>
            {span.events.slice(0, 100).map((event) => (
              <AttributeList
                key={`${event.timeNs}${event.name}`}
                title={`${formats.duration(Number(BigInt(event.timeNs) - tree.startNs) / 1e6)} · ${event.name}`}
                attributes={event.attributes}
                search={search}
              />
            ))}
          </section>
        )}
        {span.links.length > 0 && (
          <section>
            <h3 className="field-group">{t('trace.links')}</h3>
            {span.links.slice(0, 50).map((link) => (
              <ScreenLink
                key={link.traceId + link.spanId}
                to={`/trace/${link.traceId}`}
                with={{ span: link.spanId }}
                className="mono break"
              >
                {link.traceId}
              </ScreenLink>
            ))}
          </section>
        )}
        {logs.length > 0 && (
          <section>
            <h3 className="field-group">
              {t('trace.logs')} ({logs.length})
            </h3>
            {logs.slice(0, 100).map((log) => (
              <div
                key={log.timeNs + log.body.slice(0, 60)}
                className="log-line context-line"
                data-wrap
                data-level={levelOf(log.level)}
                title={log.body.slice(0, 1000)}
              >
                <span className="log-time num">
                  {formats.duration(Number(BigInt(log.timeNs) - tree.startNs) / 1e6)}
                </span>
                <span className="log-message">{withoutControls(previewOf(log.body).message || log.body)}</span>
              </div>
            ))}
          </section>
        )}
        <AttributeList title={t('trace.resource')} attributes={resource} search={search} />
      </div>
    </aside>
  );
}
