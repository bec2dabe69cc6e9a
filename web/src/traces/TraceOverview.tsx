import { Button } from '@mantine/core';
import type { TraceOverviewAnswer, TraceSummary } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { Panel } from '../states/Panel.tsx';
import { Answered, PartialNote } from '../states/States.tsx';
import type { Answer } from '../states/useAnswer.ts';
import { DifferencesPanel } from './DifferencesPanel.tsx';
import { DurationMap } from './DurationMap.tsx';
import { RedStrip } from './RedStrip.tsx';
import { type Selection, writeSelection } from './selection.ts';
import type { TracesView } from './useTracesView.ts';

interface Props {
  readonly view: TracesView;
  readonly answer: Answer<TraceOverviewAnswer>;
  /** The traces of the list, drawn as points. */
  readonly traces: readonly TraceSummary[];
}

/** Of the durations alone, and beside what differs. */
const lowPx = 178;
const highPx = 360;

/** Rate, errors and durations of what the query selects, and in what a part of it differs from the rest. */
export function TraceOverview({ view, answer, traces }: Props) {
  const { t } = useTranslation();
  const { selection } = view;
  const select = (next: Selection | null): void => view.set({ sel: next === null ? null : writeSelection(next) });
  return (
    <Answered answer={answer} height={330}>
      {(overview) => (
        <>
          {overview.notes.partial && <PartialNote warnings={overview.notes.warnings} />}
          <RedStrip overview={overview} view={view} />
          {overview.totals.spans > 0 && (
            <div className="durations-row" data-open={selection !== null || undefined}>
              <Panel
                className="durations"
                title={
                  <>
                    {t('traces.durationMap')} <span className="dim wide-only">{t('traces.drawBox')}</span>
                  </>
                }
                tools={
                  <>
                    <Button
                      size="compact-xs"
                      variant={selection?.kind === 'errors' ? 'light' : 'default'}
                      disabled={overview.totals.errors === 0 || overview.totals.errors === overview.totals.spans}
                      onClick={() => select(selection?.kind === 'errors' ? null : { kind: 'errors' })}
                    >
                      {t('traces.whyErrors')}
                    </Button>
                    <Button
                      size="compact-xs"
                      variant={selection?.kind === 'slow' ? 'light' : 'default'}
                      onClick={() => select(selection?.kind === 'slow' ? null : slowest(overview))}
                    >
                      {t('traces.whySlow')}
                    </Button>
                    <Button
                      size="compact-xs"
                      variant="default"
                      className="wide-only"
                      aria-pressed={view.points}
                      onClick={() => view.set({ points: view.points ? 'off' : null }, { replace: true })}
                    >
                      {view.points ? t('traces.hidePoints') : t('traces.showPoints')}
                    </Button>
                  </>
                }
              >
                <DurationMap
                  overview={overview}
                  selection={selection}
                  height={selection === null ? lowPx : highPx}
                  traces={view.points ? traces : []}
                  onSelect={select}
                />
              </Panel>
              {selection !== null && <DifferencesPanel view={view} selection={selection} />}
            </div>
          )}
        </>
      )}
    </Answered>
  );
}

const slowShare = 0.05;

/** The slowest twentieth of all spans, from the edge of a band on. */
function slowest({ cells, bands, totals }: TraceOverviewAnswer): Selection {
  const spans = bands.map(() => 0);
  for (const cell of cells) spans[cell.band] = (spans[cell.band] ?? 0) + cell.spans;
  let above = 0;
  let band = bands.length - 1;
  while (band > 0 && above + (spans[band] ?? 0) < totals.spans * slowShare) {
    above += spans[band] ?? 0;
    band -= 1;
  }
  return { kind: 'slow', minMs: bands[band]?.lowMs ?? 0 };
}
