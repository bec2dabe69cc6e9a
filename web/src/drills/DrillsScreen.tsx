import { Button, Checkbox } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import type { DrillRun, DrillsAnswer } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { rulePage, ruleQuery } from '../alerts/rulePath.ts';
import { AlertPages } from '../app/AlertPages.tsx';
import { useTitle } from '../app/useTitle.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { useTime } from '../time/TimeContext.tsx';
import { rowClick } from '../url/rowClick.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { DrillState } from './DrillState.tsx';
import { useDrills, useStartDrill } from './useDrills.ts';

type Known = DrillsAnswer['known'][number];

/** Drills that can be run, and those that were. */
export function DrillsScreen() {
  const { t } = useTranslation();
  useTitle(t('drills.title'));
  const answer = useDrills();
  return (
    <div className="drills">
      <AlertPages />
      <h1 className="visually-hidden">{t('drills.title')}</h1>
      <Answered answer={answer} height={240}>
        {(found) => (
          <>
            {found.broken.map(({ file, reason }) => (
              <div key={file} className="note tone-warning break" role="status">
                {t('drills.brokenFile', { file, reason })}
              </div>
            ))}
            <KnownDrills found={found} />
            <Panel title={t('drills.runs')}>
              {found.runs.length === 0 ? (
                <Empty title={t('drills.noRuns')} height={100} />
              ) : (
                <RunTable runs={found.runs} />
              )}
            </Panel>
          </>
        )}
      </Answered>
    </div>
  );
}

function KnownDrills({ found: { known, runs } }: { readonly found: DrillsAnswer }) {
  const { t } = useTranslation();
  const [trueTime, setTrueTime] = useState(false);
  return (
    <Panel
      title={t('drills.known')}
      tools={
        known.length > 0 && (
          <Checkbox
            size="xs"
            label={t('drills.trueTime')}
            title={t('drills.trueTimeHint')}
            checked={trueTime}
            onChange={(event) => setTrueTime(event.currentTarget.checked)}
          />
        )
      }
    >
      {known.length === 0 ? (
        <Empty title={t('drills.noKnown')} height={100}>
          <code>
            drills: {'{'} files: ["drills/*.yaml"] {'}'}
          </code>
        </Empty>
      ) : (
        <ul className="known-drills">
          {known.map((drill) => (
            <KnownDrill
              key={`${drill.file} ${drill.name}`}
              drill={drill}
              last={runs.find(({ name }) => name === drill.name)}
              trueTime={trueTime}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface KnownProps {
  readonly drill: Known;
  readonly last: DrillRun | undefined;
  readonly trueTime: boolean;
}

function KnownDrill({ drill: { name, alert, rule, kind }, last, trueTime }: KnownProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { nowMs } = useTime();
  const { busy, start } = useStartDrill();
  return (
    <li>
      <div>
        <strong>{name}</strong>
        <div className="dim">
          {rule === null ? (
            <span className="tone-error">{t('drills.noRule', { alert })}</span>
          ) : (
            <ScreenLink to={rulePage} with={ruleQuery(rule)}>
              {alert}
            </ScreenLink>
          )}{' '}
          · {t(`drills.kind.${kind}`)}
          {last !== undefined && (
            <>
              {' · '}
              <ScreenLink to={`/drills/${encodeURIComponent(last.id)}`}>
                {t('drills.last', { ago: formats.ago(last.startedAtMs, nowMs) })}
              </ScreenLink>{' '}
              <DrillState run={last} />
            </>
          )}
        </div>
      </div>
      <Button
        size="compact-sm"
        variant="light"
        disabled={busy || rule === null || last?.state === 'running'}
        leftSection={<IconPlayerPlay size={14} aria-hidden />}
        aria-label={`${t('drills.run')}: ${name}`}
        onClick={() => start(name, trueTime)}
      >
        {t('drills.run')}
      </Button>
    </li>
  );
}

function RunTable({ runs }: { readonly runs: readonly DrillRun[] }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { nowMs } = useTime();
  return (
    <div className="scroll-x">
      <table className="table">
        <thead>
          <tr>
            <th>{t('drills.state')}</th>
            <th>{t('drills.drill')}</th>
            <th className="wide-cell">{t('drills.rule')}</th>
            <th className="right">{t('drills.started')}</th>
            <th className="right wide-cell">{t('drills.took')}</th>
            <th className="wide-cell">{t('drills.author')}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => {
            const path = `/drills/${encodeURIComponent(run.id)}`;
            return (
              <tr key={run.id} className="row-link" onClick={rowClick(path)}>
                <td>
                  <DrillState run={run} />
                </td>
                <td className="break">
                  <ScreenLink to={path}>{run.name}</ScreenLink>
                  {run.failedHop !== null && (
                    <div className="tone-error">{t('drills.failedAt', { hop: t(`drills.hop.${run.failedHop}`) })}</div>
                  )}
                </td>
                <td className="break wide-cell">{run.rule.rule}</td>
                <td className="right num" title={formats.dateTime(run.startedAtMs)}>
                  {formats.ago(run.startedAtMs, nowMs)}
                </td>
                <td className="right num wide-cell">
                  {run.endedAtMs === null ? '–' : formats.duration(run.endedAtMs - run.startedAtMs)}
                </td>
                <td className="wide-cell">{run.author || '–'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
