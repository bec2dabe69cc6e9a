import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useToast } from '../app/Toasts.tsx';
import { fetchOverrides, removeOverride } from '../data/onCall.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered } from '../states/States.tsx';
import { useAction } from '../states/useAction.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { type Person, personName } from './PersonMenu.tsx';
import { onCallKeys } from './useOnCall.ts';

interface Props {
  readonly people: readonly Person[];
  readonly onChanged: () => void;
}

/** Stretches people took over and that have not ended; each can be taken back. */
export function OverridesPanel({ people, onChanged }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const toast = useToast();
  const { nowMs } = useTime();
  const { busy, run } = useAction();
  const answer = useAnswer({ subject: onCallKeys.overrides, at: [nowMs], ask: fetchOverrides });
  const remove = (id: string): void =>
    run(
      () => removeOverride(id),
      () => {
        toast(t('onCall.removed'));
        onChanged();
      },
    );
  return (
    <Panel title={t('onCall.overrides')}>
      <Answered answer={answer} height={60}>
        {(overrides) =>
          overrides.length === 0 ? (
            <p className="panel-text dim">{t('onCall.noOverrides')}</p>
          ) : (
            <ul className="override-list">
              {overrides.map(({ id, schedule, person, fromMs, toMs, note, author }) => (
                <li key={id}>
                  <div>
                    <strong>{personName(person, people)}</strong> · {schedule}{' '}
                    <span className="num">
                      {formats.short(fromMs)} – {formats.short(toMs)}
                    </span>
                    {(note !== '' || author !== '') && (
                      <div className="dim break">
                        {[note, author === '' ? '' : t('onCall.madeBy', { author: personName(author, people) })]
                          .filter((text) => text !== '')
                          .join(' · ')}
                      </div>
                    )}
                  </div>
                  <Button size="compact-xs" variant="default" disabled={busy} onClick={() => remove(id)}>
                    {t('onCall.removeOverride')}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Panel>
  );
}
