import { Button, Chip, SegmentedControl, TextInput } from '@mantine/core';
import { IconSearch, IconX, IconZoomIn } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keymap } from '../app/keymap.ts';
import { useShortcuts } from '../app/Shortcuts.tsx';
import { useTitle } from '../app/useTitle.ts';
import { useChanges } from '../chart/ChangeLayer.tsx';
import { fetchService } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { useHistogram } from '../logs/LevelHistogram.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import type { Pointed } from './pointed.ts';
import { ServiceHead } from './ServiceHead.tsx';
import { SignalLines } from './SignalLines.tsx';
import { SignalStrips } from './SignalStrips.tsx';
import { SignalTraces } from './SignalTraces.tsx';
import { Story } from './Story.tsx';
import { linesQuery } from './signalQueries.ts';
import { storyOf } from './story.ts';
import { useServiceTraces } from './useServiceTraces.ts';
import { type SignalsView, useSignalsView } from './useSignalsView.ts';

const stepsWanted = 120;

/** Service → Logs + Traces: what happened, and rate, durations, lines and traces of one service over one time axis. */
export function SignalsScreen({ name }: { readonly name: string }) {
  const { t } = useTranslation();
  const { range, zoomTo } = useTime();
  const view = useSignalsView();
  const [pointed, setPointed] = useState<Pointed | null>(null);
  useTitle(name, t('signals.title'));
  const service = useAnswer({
    subject: ['service', name],
    at: [range.fromMs, range.toMs],
    ask: (signal) => fetchService(name, range, stepsWanted, signal),
  });
  const histogram = useHistogram(linesQuery(name, { errorsOnly: false, words: '', traceId: '' }));
  const changes = useChanges(name);
  const traces = useServiceTraces(name, view, view.window);
  // The newest ones would crowd at the right edge.
  const slowest = useServiceTraces(name, { ...view, slowest: true }, range);
  useShortcuts([{ id: 'close', strokes: keymap.close, run: () => view.choose(null) }]);
  return (
    <div className="signals-screen">
      <ServiceHead name={name} page="signals" />
      <Story
        entries={storyOf(service.data, histogram.data, changes)}
        waiting={service.data === undefined && histogram.data === undefined}
        stepMs={histogram.data?.stepMs ?? 0}
        onChoose={view.choose}
      />
      <SignalStrips
        name={name}
        service={service}
        histogram={histogram}
        changes={changes}
        traces={slowest.data?.traces ?? []}
        chosen={view.chosen}
        pointed={pointed}
        onChoose={view.choose}
        onPointed={setPointed}
      />
      <Conditions view={view} onZoom={zoomTo} />
      <div className="signal-lists" data-list={view.list}>
        <SignalLines name={name} view={view} pointed={pointed} onPointed={setPointed} />
        <SignalTraces name={name} view={view} answer={traces} pointed={pointed} onPointed={setPointed} />
      </div>
    </div>
  );
}

interface ConditionsProps {
  readonly view: SignalsView;
  readonly onZoom: (range: SignalsView['window']) => void;
}

/** What both lists show: the chosen time, errors only, words, one trace. */
function Conditions({ view, onZoom }: ConditionsProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { chosen } = view;
  return (
    <div className="signal-conditions">
      <div className="signal-window">
        {chosen === null ? (
          <span className="dim">{t('signals.windowHint')}</span>
        ) : (
          <>
            <span className="num">
              {t('signals.window', {
                from: formats.clock(chosen.fromMs).slice(0, 8),
                to: formats.clock(chosen.toMs).slice(0, 8),
                length: formats.duration(chosen.toMs - chosen.fromMs),
              })}
            </span>
            <Button
              size="compact-xs"
              variant="default"
              leftSection={<IconZoomIn size={13} aria-hidden />}
              onClick={() => {
                view.choose(null);
                onZoom(chosen);
              }}
            >
              {t('signals.zoom')}
            </Button>
            <Button
              size="compact-xs"
              variant="default"
              leftSection={<IconX size={13} aria-hidden />}
              onClick={() => view.choose(null)}
            >
              {t('signals.clear')}
            </Button>
          </>
        )}
      </div>
      <Chip
        size="xs"
        checked={view.errorsOnly}
        onChange={(on) => view.set({ errors: on ? '1' : null }, { replace: true })}
      >
        {t('signals.errorsOnly')}
      </Chip>
      <TextInput
        key={view.words}
        size="xs"
        className="signal-words"
        data-main-search
        leftSection={<IconSearch size={13} aria-hidden />}
        placeholder={t('signals.words')}
        aria-label={t('signals.words')}
        defaultValue={view.words}
        onKeyDown={(event) => {
          if (event.key === 'Enter') view.set({ words: event.currentTarget.value.trim() }, { replace: true });
        }}
        onBlur={(event) => view.set({ words: event.currentTarget.value.trim() }, { replace: true })}
      />
      {view.traceId !== '' && (
        <Button
          size="compact-xs"
          variant="light"
          rightSection={<IconX size={12} aria-hidden />}
          onClick={() => view.set({ trace: null }, { replace: true })}
        >
          {t('signals.ofTrace', { id: view.traceId.slice(0, 8) })}
        </Button>
      )}
      <SegmentedControl
        size="xs"
        className="signal-switch"
        value={view.list}
        onChange={(list) => view.set({ list: list === 'traces' ? 'traces' : null }, { replace: true })}
        data={[
          { value: 'lines', label: t('signals.showLines') },
          { value: 'traces', label: t('signals.showTraces') },
        ]}
      />
    </div>
  );
}
