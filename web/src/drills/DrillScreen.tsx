import { Button } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import type { DrillRun } from '@trilith/contract';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { rulePage, ruleQuery } from '../alerts/rulePath.ts';
import { AlertPages } from '../app/AlertPages.tsx';
import { useTitle } from '../app/useTitle.ts';
import { fetchDrill, stopDrill } from '../data/drills.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { useAction } from '../states/useAction.ts';
import { useAnswer } from '../states/useAnswer.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { DrillAttempts } from './DrillAttempts.tsx';
import { DrillState } from './DrillState.tsx';
import { HopLine } from './HopLine.tsx';

/** A run that is under way is asked for again this often, ms. */
const everyMs = 1000;

/** One run of a drill, hop by hop; live while it runs. */
export function DrillScreen({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const [nowMs, setNow] = useState(() => Date.now());
  const answer = useAnswer({ subject: ['drill', id], at: [nowMs], ask: (signal) => fetchDrill(id, signal) });
  const run = answer.data;
  const running = run === undefined || run.state === 'running';
  useTitle(run?.name ?? t('drills.title'));
  const client = useQueryClient();
  useEffect(() => {
    // What a run that has ended proves is on the other screens at once.
    if (!running) for (const queryKey of [['drills'], ['proof']]) void client.invalidateQueries({ queryKey });
  }, [running, client]);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now());
    }, everyMs);
    return () => clearInterval(timer);
  }, [running]);
  return (
    <div className="drills">
      <AlertPages />
      <Answered answer={answer} height={300}>
        {(found) =>
          found === undefined ? <Empty title={t('drills.notFound')} /> : <Found run={found} nowMs={nowMs} />
        }
      </Answered>
    </div>
  );
}

function Found({ run, nowMs }: { readonly run: DrillRun; readonly nowMs: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { busy, run: send } = useAction();
  const { id, name, rule, kind, state, author, startedAtMs, endedAtMs, notes, hops, attempts } = run;
  const failed = hops.find(({ outcome }) => outcome === 'failed');
  return (
    <>
      <div className="screen-head">
        <h1>{name}</h1>
        <DrillState run={run} />
        {state === 'running' && (
          <div className="screen-actions">
            <Button
              size="compact-sm"
              variant="default"
              disabled={busy}
              leftSection={<IconPlayerStop size={14} aria-hidden />}
              onClick={() =>
                send(
                  () => stopDrill(id),
                  () => undefined,
                )
              }
            >
              {t('drills.stop')}
            </Button>
          </div>
        )}
      </div>
      <p className="dim">
        <ScreenLink to={rulePage} with={ruleQuery(rule)}>
          {rule.rule}
        </ScreenLink>{' '}
        · {t(`drills.kind.${kind}`)} · <span className="num">{formats.dateTime(startedAtMs)}</span>
        {endedAtMs !== null && ` · ${t('drills.tookAll', { time: formats.duration(endedAtMs - startedAtMs) })}`}
        {author !== '' && ` · ${author}`}
      </p>
      {failed !== undefined && (
        <div className="drill-advice" role="alert">
          <strong className="tone-error">{t('drills.failedAt', { hop: t(`drills.hop.${failed.hop}`) })}</strong>
          <div className="break">{failed.text}</div>
          {failed.advice !== '' && <div className="break">{t('drills.advice', { advice: failed.advice })}</div>}
        </div>
      )}
      <Panel title={t('drills.hops')}>
        <ol className="hops">
          {hops.map((hop) => (
            <HopLine key={hop.hop} hop={hop} nowMs={nowMs} isRunning={state === 'running'} />
          ))}
        </ol>
        {notes.length > 0 && (
          <ul className="panel-text dim">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </Panel>
      {attempts.length > 0 && (
        <Panel title={t('drills.attempts')}>
          <DrillAttempts attempts={attempts} />
        </Panel>
      )}
    </>
  );
}
