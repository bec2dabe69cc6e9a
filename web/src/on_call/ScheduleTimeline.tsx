import type { ShiftsAnswer } from '@trilith/contract';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useTheme } from '../chart/tokens.ts';
import { fetchShifts } from '../data/onCall.ts';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import type { Range } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { zoneName } from '../time/zone.ts';
import type { Cover } from './CoverDialog.tsx';
import type { Clock } from './clock.ts';
import { personColor } from './PersonChip.tsx';
import { type Person, personName } from './PersonMenu.tsx';
import { dayStarts, dayWindow, placeIn, untilHandover } from './timeline.ts';
import { onCallKeys } from './useOnCall.ts';

const listed = 6;

interface Props {
  readonly name: string;
  readonly clock: Clock;
  readonly days: number;
  /** Days from today to the first that is shown. */
  readonly offset: number;
  readonly people: readonly Person[];
  readonly me: string;
  readonly onCover: (cover: Cover) => void;
}

/** A schedule over some days: who is on call, what each layer says, overrides; a tap on a shift asks for a cover. */
export function ScheduleTimeline({ name, clock, days, offset, people, me, onCover }: Props) {
  const { t } = useTranslation();
  const { nowMs } = useTime();
  const window = dayWindow(nowMs, offset, days, clock.zone);
  const answer = useAnswer({
    subject: [...onCallKeys.shifts, name, days, offset, clock.zone],
    at: [window.fromMs],
    ask: (signal) => fetchShifts(name, window, signal),
  });
  const starts = dayStarts(nowMs, offset, days, clock.zone);
  const now = placeIn(window, { fromMs: nowMs, toMs: nowMs + 1 });
  return (
    <section className="timeline" aria-label={name}>
      <div className="timeline-head">
        <h3>{name}</h3>
        <span className="dim">{zoneName(clock.zone)}</span>
      </div>
      <Answered answer={answer} height={90}>
        {(found) => (
          <>
            <div className="timeline-rows">
              <div className="timeline-row timeline-days" aria-hidden>
                <span />
                <div className="timeline-track">
                  {starts.map((ms, at) => (
                    <span
                      key={ms}
                      className="timeline-day"
                      style={{ left: `${placeIn(window, { fromMs: ms, toMs: ms + 1 })?.left ?? 0}%` }}
                    >
                      {days <= 14 || at % 7 === 0 ? clock.formats.day(ms) : ''}
                    </span>
                  ))}
                </div>
              </div>
              {found.layers.map((layer) => (
                <Row key={layer.name} name={layer.name} thin>
                  {layer.shifts.map((shift) => (
                    <Stretch key={shift.fromMs} shift={shift} {...{ window, people, clock, me }} />
                  ))}
                </Row>
              ))}
              {found.shifts.some(({ by }) => by.kind === 'override') && (
                <Row name={t('onCall.overrides')} thin>
                  {found.shifts
                    .filter(({ by }) => by.kind === 'override')
                    .map((shift) => (
                      <Stretch key={shift.fromMs} shift={shift} {...{ window, people, clock, me }} />
                    ))}
                </Row>
              )}
              <Row name={t('onCall.decided')}>
                {untilHandover(found.shifts).map((shift) => (
                  <Stretch
                    key={shift.fromMs}
                    shift={shift}
                    {...{ window, people, clock, me }}
                    onCover={onCover}
                    schedule={name}
                  />
                ))}
              </Row>
              {now !== null && (
                <div className="timeline-row timeline-now" aria-hidden>
                  <span />
                  <div className="timeline-track">
                    <span style={{ left: `${now.left}%` }} />
                  </div>
                </div>
              )}
            </div>
            <ComingShifts found={found} {...{ people, clock, me, onCover }} nowMs={Math.max(nowMs, window.fromMs)} />
          </>
        )}
      </Answered>
    </section>
  );
}

function Row({
  name,
  thin = false,
  children,
}: {
  readonly name: string;
  readonly thin?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div className="timeline-row" data-thin={thin || undefined}>
      <span className="timeline-name">{name}</span>
      <div className="timeline-track">{children}</div>
    </div>
  );
}

type Shift = Pick<ShiftsAnswer['shifts'][number], 'fromMs' | 'toMs' | 'people'>;

interface StretchProps {
  readonly shift: Shift;
  readonly window: Range;
  readonly people: readonly Person[];
  readonly clock: Clock;
  readonly me: string;
  readonly schedule?: string;
  readonly onCover?: (cover: Cover) => void;
}

function Stretch({ shift, window, people, clock, me, schedule = '', onCover }: StretchProps) {
  const { t } = useTranslation();
  const theme = useTheme();
  const { nowMs } = useTime();
  const place = placeIn(window, shift);
  if (place === null) return null;
  const who = shift.people.map((id) => personName(id, people)).join(', ') || t('onCall.nobody');
  const label = t('onCall.shift', {
    who,
    from: clock.formats.short(shift.fromMs),
    to: clock.formats.short(shift.toMs),
  });
  const [first] = shift.people;
  const look = {
    className: 'timeline-stretch',
    'data-nobody': first === undefined || undefined,
    'data-me': shift.people.includes(me) || undefined,
    style: {
      left: `${place.left}%`,
      width: `${place.width}%`,
      ...(first === undefined ? {} : { '--person': personColor(first, people, theme) }),
    },
    title: label,
  };
  if (onCover === undefined || shift.toMs <= nowMs) return <span {...look}>{who}</span>;
  return (
    <button
      type="button"
      {...look}
      aria-label={label}
      onClick={() =>
        onCover({ schedule, fromMs: Math.max(nowMs, shift.fromMs), toMs: shift.toMs, instead: shift.people })
      }
    >
      {who}
    </button>
  );
}

interface ComingProps {
  readonly found: ShiftsAnswer;
  readonly people: readonly Person[];
  readonly clock: Clock;
  readonly me: string;
  readonly nowMs: number;
  readonly onCover: (cover: Cover) => void;
}

/** The next shifts as text: what a phone has room for, and what a screen reader reads. */
function ComingShifts({ found, people, clock, me, nowMs, onCover }: ComingProps) {
  const { t } = useTranslation();
  const coming = untilHandover(found.shifts)
    .filter(({ toMs }) => toMs > nowMs)
    .slice(0, listed);
  if (coming.length === 0) return null;
  return (
    <ul className="coming-shifts" aria-label={t('onCall.shifts')}>
      {coming.map((shift) => (
        <li key={shift.fromMs} data-me={shift.people.includes(me) || undefined}>
          <span className="num">
            {clock.formats.short(shift.fromMs)} – {clock.formats.short(shift.toMs)}
          </span>
          <strong className={shift.people.length === 0 ? 'tone-error' : undefined}>
            {shift.people.map((id) => personName(id, people)).join(', ') || t('onCall.nobody')}
          </strong>
          {shift.by.kind === 'override' && <span className="chip">{t('onCall.by.override')}</span>}
          <button
            type="button"
            className="text-button"
            onClick={() =>
              onCover({
                schedule: found.schedule,
                fromMs: Math.max(nowMs, shift.fromMs),
                toMs: shift.toMs,
                instead: shift.people,
              })
            }
          >
            {t(shift.people.includes(me) ? 'onCall.cover' : 'onCall.coverOther')}
          </button>
        </li>
      ))}
    </ul>
  );
}
