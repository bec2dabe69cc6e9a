import { IconBell, IconBellOff, IconUserCheck } from '@tabler/icons-react';
import type { AlertGroupNow, ResponsesAnswer } from '@trilith/contract';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../i18n/format.ts';
import type { Formats } from '../../i18n/makeFormats.ts';
import { type Person, personName } from '../../on_call/PersonMenu.tsx';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { type ToldState, toldState } from './toldState.ts';

interface Props {
  readonly group: AlertGroupNow;
  readonly response: ResponsesAnswer['responses'][number] | undefined;
  readonly people: readonly Person[];
  readonly nowMs: number;
}

/** Who is told of a group, when last, and when or why not next. */
export function WhenTold({ group, response, people, nowMs }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const state = toldState(group, response);
  const { receiver, people: reached, integrations, toldMs, escalation } = group;
  const Icon = state.kind === 'acknowledged' ? IconUserCheck : state.atMs === null ? IconBellOff : IconBell;
  const when = state.atMs === null ? '' : whenText(state.atMs, nowMs, formats, t);
  const person = personName(response?.acknowledged?.person ?? '', people);
  const silence = group.alerts.flatMap(({ silencedBy }) => silencedBy)[0];
  return (
    <div className="when-told" data-kind={state.kind}>
      <Icon size={15} aria-hidden />
      <span>
        <ScreenLink to="/alerts/routes" with={{ at: group.route.join('.') || 'root' }} title={integrations.join(', ')}>
          {receiver}
        </ScreenLink>
        {reached.length > 0 && ` (${reached.join(', ')})`}
        {': '}
        {state.kind === 'silenced' && silence !== undefined ? (
          <ScreenLink to="/alerts/silences" with={{ id: silence }}>
            {t('alerts.toldNext.silenced')}
          </ScreenLink>
        ) : state.atMs !== null && state.atMs <= nowMs ? (
          t('alerts.toldNext.soon')
        ) : (
          t(`alerts.toldNext.${state.kind}`, { when, person, by: group.mutedBy.join(', ') })
        )}
        {escalation !== null && escalation.nextAtMs > nowMs && ASKING.has(state.kind) && (
          <span className="dim">
            {' '}
            ·{' '}
            {t('alerts.askedNext', {
              people: escalation.next.join(', '),
              when: whenText(escalation.nextAtMs, nowMs, formats, t),
            })}
          </span>
        )}
        {toldMs !== null && <span className="dim"> · {t('alerts.toldLast', { ago: formats.ago(toldMs, nowMs) })}</span>}
        {response !== undefined && response.assignee !== '' && (
          <span className="dim"> · {t('alerts.assigned', { person: personName(response.assignee, people) })}</span>
        )}
      </span>
    </div>
  );
}

/** States in which an escalation goes on to whom it asks next. */
const ASKING: ReadonlySet<ToldState['kind']> = new Set(['first', 'new', 'again']);
const minuteMs = 60_000;
const soonMs = 90 * minuteMs;

/** A moment ahead: what is near as a whole number of seconds or minutes, what is far as a time of day. */
function whenText(atMs: number, nowMs: number, formats: Formats, t: TFunction): string {
  const aheadMs = atMs - nowMs;
  if (aheadMs > soonMs) return t('alerts.atTime', { time: formats.short(atMs) });
  const unitMs = aheadMs < 2 * minuteMs ? 1000 : minuteMs;
  return t('alerts.inTime', { time: formats.duration(Math.ceil(aheadMs / unitMs) * unitMs) });
}
