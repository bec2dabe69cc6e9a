import { SegmentedControl } from '@mantine/core';
import { IconArrowsExchange, IconX } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { fetchTraceColumns } from '../data/trace.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { goTo } from '../url/view.ts';
import { indent } from './rowStyle.ts';
import { operationOf, type SpanTable, serviceOf, spanTable } from './spanTable.ts';
import { type DiffNode, type DiffSide, type DiffVerdict, differing, traceDiff } from './traceDiff.ts';
import { useRowWindow } from './useRowWindow.ts';

const rowHeight = 28;
const verdicts: readonly DiffVerdict[] = ['slower', 'faster', 'added', 'removed', 'same'];

interface Props {
  /** The trace that came first. */
  readonly table: SpanTable;
  /** Id of the other one. */
  readonly against: string;
}

/** Two traces as one tree of operations: what is new, gone, slower and faster. */
export function TraceCompare({ table, against }: Props) {
  const { t } = useTranslation();
  const answer = useAnswer({
    subject: ['trace', against],
    at: [],
    ask: (signal) => fetchTraceColumns(against, signal),
  });
  const { data } = answer;
  const other = useMemo(() => (data === undefined ? null : spanTable(data)), [data]);
  if (answer.failure?.status === 404) {
    return (
      <Empty title={t('trace.notFound')} height={240}>
        <code>{against}</code>
        <ScreenLink to={`/trace/${table.traceId}`}>{t('trace.compare.back')}</ScreenLink>
      </Empty>
    );
  }
  return (
    <Answered answer={answer} height={360}>
      {() => (other === null ? null : <Comparison before={table} after={other} />)}
    </Answered>
  );
}

function Comparison({ before, after }: { readonly before: SpanTable; readonly after: SpanTable }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [all, setAll] = useState(false);
  const nodes = useMemo(() => traceDiff(before, after), [before, after]);
  const shown = useMemo(() => (all ? nodes : differing(nodes)), [all, nodes]);
  const counts = useMemo(() => Map.groupBy(nodes, (node) => node.verdict), [nodes]);
  const seen = useRowWindow(shown.length, rowHeight);
  const largest = Math.max(1, ...nodes.map((node) => Math.abs(changeOf(node))));
  return (
    <div className="trace-detail">
      <div className="screen-head">
        <h1>{t('trace.compare.title')}</h1>
        <TraceName table={before} label="A" />
        <TraceName table={after} label="B" />
        <div className="screen-actions">
          <IconButton
            label={t('trace.compare.swap')}
            onClick={() => goTo(`/trace/${after.traceId}...${before.traceId}`)}
          >
            <IconArrowsExchange size={16} aria-hidden />
          </IconButton>
          <IconButton label={t('trace.compare.back')} onClick={() => goTo(`/trace/${after.traceId}`)}>
            <IconX size={16} aria-hidden />
          </IconButton>
        </div>
      </div>
      <div className="trace-toolbar">
        <SegmentedControl
          size="xs"
          value={all ? 'all' : 'differing'}
          onChange={(value) => setAll(value === 'all')}
          data={[
            { value: 'differing', label: t('trace.compare.differing') },
            { value: 'all', label: t('trace.all') },
          ]}
        />
        <span className="dim num" role="status">
          {verdicts
            .filter((verdict) => counts.has(verdict))
            .map((verdict) => `${t(`trace.verdict.${verdict}`)} ${formats.integer(counts.get(verdict)?.length ?? 0)}`)
            .join(' · ')}
        </span>
      </div>
      <section className="panel trace-waterfall">
        <div className="diff-row diff-head dim">
          <span>{t('trace.column.operation')}</span>
          <span className="right">{t('trace.compare.spans')}</span>
          <span className="right">A</span>
          <span className="right">B</span>
          <span className="right">{t('trace.compare.change')}</span>
          <span>{t('trace.compare.verdict')}</span>
        </div>
        <div ref={seen.ref} className="waterfall" onScroll={seen.onScroll}>
          {shown.length === 0 && <div className="state">{t('trace.compare.none')}</div>}
          <div style={{ height: shown.length * rowHeight, position: 'relative' }}>
            {shown.slice(seen.first, seen.last).map((node, at) => (
              <div
                key={`${node.parent}/${node.service}/${node.operation}/${node.depth}`}
                className="waterfall-slot"
                style={{ top: (seen.first + at) * rowHeight, height: rowHeight }}
              >
                <DiffRow node={node} largest={largest} />
              </div>
            ))}
          </div>
        </div>
      </section>
    </div>
  );
}

function changeOf({ before, after }: DiffNode): number {
  return (after?.totalNs ?? 0) - (before?.totalNs ?? 0);
}

function TraceName({ table, label }: { readonly table: SpanTable; readonly label: string }) {
  const formats = useFormats();
  return (
    <span className="with-icon">
      <strong>{label}</strong>
      <ScreenLink to={`/trace/${table.traceId}`}>
        {serviceOf(table, 0)}: {operationOf(table, 0)}
      </ScreenLink>
      <span className="dim num">
        {formats.duration(table.durationNs / 1e6)} · {formats.dateTime(Number(table.startNs / 1_000_000n))}
      </span>
    </span>
  );
}

function DiffRow({ node, largest }: { readonly node: DiffNode; readonly largest: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const change = changeOf(node);
  const time = (side: DiffSide | null): string => (side === null ? '–' : formats.duration(side.totalNs / 1e6));
  const spans = (side: DiffSide | null): string => (side === null ? '0' : formats.integer(side.spans));
  const sign = change > 0 ? '+' : change < 0 ? '−' : '';
  return (
    <div className="diff-row" data-verdict={node.verdict}>
      <span className="span-title" style={indent(node.depth)}>
        <span className="swatch" style={{ background: serviceColor(node.service, theme) }} />
        <strong>{node.service}</strong> {node.operation}
      </span>
      <span className="right num">
        {node.before?.spans === node.after?.spans ? spans(node.after) : `${spans(node.before)} → ${spans(node.after)}`}
      </span>
      <span className="right num">{time(node.before)}</span>
      <span className="right num">{time(node.after)}</span>
      <span className="right num diff-change">
        <span className="diff-bar" style={{ width: `${(Math.abs(change) / largest) * 100}%` }} />
        <span className="diff-amount">{change === 0 ? '' : `${sign}${formats.duration(Math.abs(change) / 1e6)}`}</span>
      </span>
      <span className="diff-verdict">{t(`trace.verdict.${node.verdict}`)}</span>
    </div>
  );
}
