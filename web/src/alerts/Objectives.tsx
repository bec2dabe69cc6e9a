import type { SloList, SloSummary } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { Empty } from '../states/States.tsx';

const hourSeconds = 3600;

interface Props {
  readonly found: SloList;
  readonly nowMs: number;
}

/** What is left of every error budget, the least first. */
export function Objectives({ found: { objectives, broken }, nowMs }: Props) {
  const { t } = useTranslation();
  return (
    <>
      {broken.map(({ file, reason }) => (
        <div key={file} className="note tone-warning break" role="status">
          {t('alerts.brokenFile', { file, reason })}
        </div>
      ))}
      {objectives.length === 0 ? (
        <Empty title={t('alerts.noObjectives')} height={100}>
          <code>
            slo: {'{'} files: ["slo/*.yaml"] {'}'}
          </code>
        </Empty>
      ) : (
        <div className="scroll-x">
          <table className="table">
            <thead>
              <tr>
                <th>{t('alerts.objective')}</th>
                <th className="right">{t('alerts.target')}</th>
                <th className="right">{t('alerts.good')}</th>
                <th className="right">{t('alerts.left')}</th>
                <th className="wide-cell" aria-label={t('alerts.left')} />
                <th className="right">{t('alerts.burn')}</th>
                <th>{t('alerts.exhausted')}</th>
              </tr>
            </thead>
            <tbody>
              {objectives.map((objective) => (
                <ObjectiveRow key={objective.name} objective={objective} nowMs={nowMs} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function ObjectiveRow({ objective, nowMs }: { readonly objective: SloSummary; readonly nowMs: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { remaining, goodShare, exhaustedAtMs, reliable } = objective;
  const burn = objective.burn.find(({ windowSeconds }) => windowSeconds >= hourSeconds)?.rate ?? null;
  const share = (value: number | null): string => (value === null ? '–' : formats.value(value, 'ratio'));
  return (
    <tr>
      <td className="break alert-name">
        {objective.name}
        {objective.description !== '' && <div className="dim">{objective.description}</div>}
        <ObjectiveState objective={objective} />
      </td>
      <td className="right num">{share(objective.targetPercent / 100)}</td>
      <td className="right num">{share(goodShare)}</td>
      <td className="right num" data-tone={remaining !== null && remaining <= 0 && reliable ? 'error' : undefined}>
        {share(remaining)}
      </td>
      <td className="wide-cell share-cell">
        <span className="share-bar">
          <span style={{ width: `${Math.max(0, Math.min(1, remaining ?? 0)) * 100}%` }} />
        </span>
      </td>
      <td className="right num">{burn === null ? '–' : `${formats.value(burn, 'short')}×`}</td>
      <td className="num">
        {exhaustedAtMs === null
          ? '–'
          : exhaustedAtMs <= nowMs
            ? t('alerts.gone')
            : t('alerts.inTime', { time: formats.duration(exhaustedAtMs - nowMs) })}
      </td>
    </tr>
  );
}

function ObjectiveState({ objective: { problem, progress, reliable } }: { readonly objective: SloSummary }) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (problem !== '') return <div className="tone-warning">{t('alerts.notCounted', { problem })}</div>;
  if (progress < 1)
    return <div className="dim">{t('alerts.counting', { share: formats.value(progress, 'ratio') })}</div>;
  return reliable ? null : <div className="dim">{t('alerts.tooLittle')}</div>;
}
