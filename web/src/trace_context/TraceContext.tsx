import { SegmentedControl } from '@mantine/core';
import type { TraceContextAnswer } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keymap } from '../app/keymap.ts';
import { useShortcuts } from '../app/Shortcuts.tsx';
import { Answered } from '../states/States.tsx';
import { around } from '../time/range.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { goTo } from '../url/view.ts';
import { ContextChanges } from './ContextChanges.tsx';
import { ContextLines } from './ContextLines.tsx';
import { ContextMetrics } from './ContextMetrics.tsx';
import { MissingKeys } from './MissingKeys.tsx';
import { useTraceContext } from './useTraceContext.ts';

const views = ['lines', 'metrics', 'changes', 'missing'] as const;
type ContextView = (typeof views)[number];

interface Props {
  readonly traceId: string;
  /** One span; null for the whole trace. */
  readonly spanId: string | null;
  /** Takes the keys of this component too: only one at a time may. */
  readonly keys?: boolean;
}

const aroundServiceMs = 15 * 60_000;

/** What else is known: log lines, metrics of the pod, host and database, changes and alerts, and which key is missing. */
export function TraceContext({ traceId, spanId, keys = true }: Props) {
  const { t } = useTranslation();
  const [view, setView] = useState<ContextView>('lines');
  const answer = useTraceContext(traceId, spanId);
  const data = answer.data;
  const service = data?.services[0]?.name ?? '';
  const near = data === undefined ? {} : around(data.startMs + data.durationMs / 2, aroundServiceMs);
  const signals = `/services/${encodeURIComponent(service)}/signals`;
  const bindings = [
    { id: 'contextLines', strokes: keymap.contextLines, run: () => setView('lines') },
    { id: 'contextMetrics', strokes: keymap.contextMetrics, run: () => setView('metrics') },
    { id: 'contextChanges', strokes: keymap.contextChanges, run: () => setView('changes') },
    { id: 'contextService', strokes: keymap.contextService, run: () => service !== '' && goTo(signals, near) },
  ];
  useShortcuts(keys ? bindings : []);
  return (
    <section className="trace-context" aria-label={t('context.title')}>
      <div className="trace-context-head">
        <SegmentedControl
          size="xs"
          aria-label={t('context.title')}
          value={view}
          onChange={(next) => setView(views.find((one) => one === next) ?? 'lines')}
          data={views.map((value) => ({ value, label: labelOf(t(`context.${value}`), value, data) }))}
        />
        {service !== '' && (
          <ScreenLink to={signals} with={near}>
            {t('context.service', { service })}
          </ScreenLink>
        )}
      </div>
      <Answered answer={answer} height={120}>
        {(context) => (
          <>
            {view === 'lines' && <ContextLines context={context} />}
            {view === 'metrics' && <ContextMetrics context={context} />}
            {view === 'changes' && <ContextChanges context={context} />}
            {view === 'missing' && <MissingKeys missing={context.missing} />}
          </>
        )}
      </Answered>
    </section>
  );
}

/** The name of a view with how much is in it, once that is known. */
function labelOf(name: string, view: ContextView, data: TraceContextAnswer | undefined): string {
  if (data === undefined) return name;
  const counts: Readonly<Record<ContextView, number>> = {
    lines: data.logs.value?.lines.length ?? 0,
    metrics: (data.subjects.value ?? []).reduce((sum, { panels }) => sum + panels.length, 0),
    changes: (data.changes.value?.length ?? 0) + (data.alerts.value?.length ?? 0),
    missing: data.missing.length,
  };
  return counts[view] === 0 ? name : `${name} ${counts[view]}`;
}
