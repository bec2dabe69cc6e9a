import { IconAlertTriangle, IconClockPause, IconHourglass, IconLogs, IconRocket } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { lineTime } from '../logs/LogLine.tsx';
import { isDated } from '../logs/LogList.tsx';
import { Panel } from '../states/Panel.tsx';
import { Loading } from '../states/States.tsx';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import type { StoryEntry } from './story.ts';

const icons = {
  change: IconRocket,
  errors: IconAlertTriangle,
  slow: IconHourglass,
  errorLines: IconLogs,
  silence: IconClockPause,
} as const;
const aroundChangeMs = 5 * 60_000;

interface Props {
  readonly entries: readonly StoryEntry[];
  readonly waiting: boolean;
  /** Steps of the log histogram. */
  readonly stepMs: number;
  readonly onChoose: (range: Range) => void;
}

/** What happened in the range, in order; a click chooses its time for the lists below. */
export function Story({ entries, waiting, stepMs, onChoose }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  return (
    <Panel title={t('signals.story')} className="signal-story">
      {waiting && <Loading height={34} />}
      {!waiting && entries.length === 0 && <p className="dim story-quiet">{t('signals.quietStory')}</p>}
      <ol className="story">
        {entries.map((entry) => {
          const Icon = icons[entry.kind];
          const stretch =
            entry.kind === 'change'
              ? { fromMs: entry.ms - aroundChangeMs, toMs: entry.untilMs + aroundChangeMs }
              : { fromMs: entry.ms, toMs: entry.untilMs };
          return (
            <li key={`${entry.kind} ${entry.ms} ${entry.kind === 'change' ? entry.change.id : ''}`}>
              <button type="button" className="story-entry" data-kind={entry.kind} onClick={() => onChoose(stretch)}>
                <span className="num dim">{lineTime(entry.ms, isDated(range), formats).replace(/\.\d+$/, '')}</span>
                <Icon size={15} aria-hidden />
                <Words entry={entry} stepMs={stepMs} />
              </button>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}

function Words({ entry, stepMs }: { readonly entry: StoryEntry; readonly stepMs: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (entry.kind === 'change') {
    const { kind, title, version, author } = entry.change;
    return <span>{[t(`point.change.${kind}`), title, version, author].filter((text) => text !== '').join(' · ')}</span>;
  }
  const unit = { errors: 'ratio', slow: 'ms', errorLines: 'short', silence: 'rps' } as const;
  const said = (value: number): string => formats.value(value, unit[entry.kind]);
  return (
    <span>
      {t(`signals.entry.${entry.kind}`, {
        peak: said(entry.peak),
        usual: said(entry.usual),
        step: formats.duration(stepMs),
      })}{' '}
      <span className="dim">
        {entry.ongoing
          ? t('signals.ongoing')
          : t('signals.until', { length: formats.duration(entry.untilMs - entry.ms) })}
      </span>
    </span>
  );
}
