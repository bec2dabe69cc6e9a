import { Button } from '@mantine/core';
import { IconAlertTriangle, IconCalendar, IconLink, IconPhoneCall } from '@tabler/icons-react';
import type { OnCallAnswer } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useCopy } from '../app/Toasts.tsx';
import { useFormats } from '../i18n/format.ts';
import { coarse } from '../time/coarse.ts';
import { useTime } from '../time/TimeContext.tsx';
import type { Cover } from './CoverDialog.tsx';
import { PersonChip } from './PersonChip.tsx';
import { type Person, personName } from './PersonMenu.tsx';

type Schedule = OnCallAnswer['schedules'][number];

/** How long somebody is covered for when the schedule knows no handover, ms. */
const openEndMs = 86_400_000;

interface Props {
  readonly schedule: Schedule;
  readonly people: readonly Person[];
  readonly me: string;
  readonly onCover: (cover: Cover) => void;
}

/** Who is on call for a schedule now, who is next, and a gap if there is one ahead. */
export function ScheduleCard({ schedule, people, me, onCover }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const copy = useCopy();
  const { nowMs } = useTime();
  const { name, zone, by, next, gap } = schedule;
  const calendar = `/api/on-call/${encodeURIComponent(name)}.ics`;
  const mine = schedule.people.includes(me);
  return (
    <li className="schedule-card panel" data-gap={schedule.people.length === 0 || undefined}>
      <div className="schedule-card-head">
        <h2>{name}</h2>
        <span className="dim">{zone}</span>
      </div>
      <div className="schedule-now">
        <IconPhoneCall size={18} aria-hidden className={schedule.people.length === 0 ? 'tone-error' : 'tone-ok'} />
        {schedule.people.length === 0 ? (
          <strong className="tone-error">{t('onCall.nobody')}</strong>
        ) : (
          schedule.people.map((id) => <PersonChip key={id} id={id} people={people} me={me} />)
        )}
        <span className="dim">{t(`onCall.by.${by.kind}`, { name: by.name })}</span>
      </div>
      <div className="dim">
        {next === null
          ? t('onCall.noChange')
          : t('onCall.next', {
              person: next.people.map((id) => personName(id, people)).join(', ') || t('onCall.nobody'),
              at: formats.short(next.atMs),
              time: formats.duration(coarse(Math.max(0, next.atMs - nowMs))),
            })}
      </div>
      {gap !== null && (
        <div className="with-icon tone-error" role="status">
          <IconAlertTriangle size={15} aria-hidden />
          {schedule.people.length === 0
            ? t('onCall.gapNow', { until: formats.short(gap.toMs) })
            : t('onCall.gapLater', { from: formats.short(gap.fromMs), until: formats.short(gap.toMs) })}
        </div>
      )}
      <div className="schedule-card-actions">
        <Button
          size="compact-sm"
          variant={mine ? 'filled' : 'default'}
          onClick={() =>
            onCover({
              schedule: name,
              fromMs: nowMs,
              toMs: next?.atMs ?? nowMs + openEndMs,
              instead: schedule.people,
            })
          }
        >
          {t(mine ? 'onCall.cover' : 'onCall.coverOther')}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconLink size={14} aria-hidden />}
          title={t('onCall.calendarCopy')}
          onClick={() => copy(window.location.origin + calendar, t('onCall.calendarCopied'))}
        >
          {t('onCall.calendar')}
        </Button>
        <Button
          component="a"
          href={calendar}
          size="compact-sm"
          variant="subtle"
          color="gray"
          title={t('onCall.calendarOpen')}
          aria-label={`${t('onCall.calendarOpen')}: ${name}`}
        >
          <IconCalendar size={15} aria-hidden />
        </Button>
      </div>
    </li>
  );
}
