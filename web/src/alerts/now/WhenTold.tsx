import { IconBell, IconBellOff, IconUserCheck } from '@tabler/icons-react';
import type { AlertGroupNow, GroupResponse } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../i18n/format.ts';
import { type Person, personName } from '../../on_call/PersonMenu.tsx';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { toldState } from './toldState.ts';

interface Props {
  readonly group: AlertGroupNow;
  readonly response: GroupResponse | undefined;
  readonly people: readonly Person[];
  readonly nowMs: number;
}

/** Who is told of a group, when last, and when or why not next. */
export function WhenTold({ group, response, people, nowMs }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const state = toldState(group, response);
  const { receiver, people: reached, integrations, toldMs } = group;
  const Icon = state.kind === 'acknowledged' ? IconUserCheck : state.atMs === null ? IconBellOff : IconBell;
  const wait = state.atMs === null ? '' : formats.duration(Math.max(0, state.atMs - nowMs));
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
          t(`alerts.toldNext.${state.kind}`, { wait, person, by: group.mutedBy.join(', ') })
        )}
        {toldMs !== null && <span className="dim"> · {t('alerts.toldLast', { ago: formats.ago(toldMs, nowMs) })}</span>}
        {response !== undefined && response.assignee !== '' && (
          <span className="dim"> · {t('alerts.assigned', { person: personName(response.assignee, people) })}</span>
        )}
      </span>
    </div>
  );
}
