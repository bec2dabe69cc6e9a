import { SegmentedControl } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import type { OnCallAnswer } from '@trilith/contract';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { makeFormats } from '../i18n/makeFormats.ts';
import { useLanguage } from '../i18n/setup.ts';
import { Panel } from '../states/Panel.tsx';
import { useTime } from '../time/TimeContext.tsx';
import type { Zone } from '../time/zone.ts';
import { useView } from '../url/view.ts';
import type { Cover } from './CoverDialog.tsx';
import type { Clock } from './clock.ts';
import type { Person } from './PersonMenu.tsx';
import { ScheduleTimeline } from './ScheduleTimeline.tsx';

const spans = [7, 14, 28] as const;
const widePx = 760;
/** How far one can page from today, days; the server answers for 400. */
const mostDays = 180;

interface Props {
  readonly schedules: OnCallAnswer['schedules'];
  readonly people: readonly Person[];
  readonly me: string;
  readonly onCover: (cover: Cover) => void;
}

/** The coming weeks of every schedule, in the reader's time or each schedule's own. */
export function TimelinePanel({ schedules, people, me, onCover }: Props) {
  const { t } = useTranslation();
  const view = useView();
  const time = useTime();
  const asked = Number(view.params.get('days'));
  const days = spans.find((one) => one === asked) ?? (window.innerWidth < widePx ? 7 : 14);
  const offset = Math.max(-mostDays, Math.min(mostDays, Math.trunc(Number(view.params.get('ahead')) || 0)));
  const own = view.params.get('clock') === 'schedule';
  const move = (to: number): void => view.set({ ahead: to === 0 ? null : String(to) }, { replace: true });
  return (
    <Panel
      title={t('onCall.timeline')}
      tools={
        <>
          <IconButton label={t('onCall.earlier')} onClick={() => move(offset - days)}>
            <IconChevronLeft size={16} aria-hidden />
          </IconButton>
          {offset !== 0 && (
            <button type="button" className="text-button" onClick={() => move(0)}>
              {t('onCall.today')}
            </button>
          )}
          <IconButton label={t('onCall.later')} onClick={() => move(offset + days)}>
            <IconChevronRight size={16} aria-hidden />
          </IconButton>
        </>
      }
    >
      <div className="timeline-tools">
        <SegmentedControl
          size="xs"
          aria-label={t('onCall.spanLabel')}
          value={String(days)}
          onChange={(value) => view.set({ days: value }, { replace: true })}
          data={spans.map((one) => ({ value: String(one), label: t(`onCall.span.d${one}`) }))}
        />
        <SegmentedControl
          size="xs"
          aria-label={t('onCall.zoneLabel')}
          value={own ? 'schedule' : 'mine'}
          onChange={(value) => view.set({ clock: value === 'schedule' ? value : null }, { replace: true })}
          data={[
            { value: 'mine', label: t('onCall.zoneMine') },
            { value: 'schedule', label: t('onCall.zoneSchedule') },
          ]}
        />
      </div>
      {schedules.map(({ name, zone }) => (
        <Clocked key={name} zone={own ? zone : time.zone}>
          {(clock) => (
            <ScheduleTimeline
              name={name}
              clock={clock}
              days={days}
              offset={offset}
              people={people}
              me={me}
              onCover={onCover}
            />
          )}
        </Clocked>
      ))}
    </Panel>
  );
}

function Clocked({ zone, children }: { readonly zone: Zone; readonly children: (clock: Clock) => React.ReactNode }) {
  const { language } = useLanguage();
  const clock = useMemo(() => ({ zone, formats: makeFormats(language, zone) }), [language, zone]);
  return children(clock);
}
