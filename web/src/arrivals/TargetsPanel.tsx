import { IconCircleCheck, IconCircleDashed, IconCircleX } from '@tabler/icons-react';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchTargets } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { Panel } from '../states/Panel.tsx';
import { Answered, Empty } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { NotScraped } from './NotScraped.tsx';
import { RelabelSteps } from './RelabelSteps.tsx';

const marks = { up: IconCircleCheck, down: IconCircleX, unknown: IconCircleDashed };
const tones = { up: 'tone-ok', down: 'tone-error', unknown: 'dim' };

/** What is scraped, and how the last scrape went. */
export function TargetsPanel() {
  const { t } = useTranslation();
  const formats = useFormats();
  const { nowMs } = useTime();
  const [open, setOpen] = useState<string | null>(null);
  const answer = useAnswer({ subject: ['targets'], at: [nowMs], ask: fetchTargets });
  return (
    <Panel title={t('data.targets')}>
      <Answered answer={answer} height={100}>
        {({ targets, dropped, broken }) =>
          targets.length + dropped.length + broken.length === 0 ? (
            <Empty title={t('data.noTargets')} height={90}>
              {t('data.noTargetsHint')}
            </Empty>
          ) : (
            <div className="scroll-x">
              <table className="table">
                <thead>
                  <tr>
                    <th>{t('data.job')}</th>
                    <th>{t('data.url')}</th>
                    <th>{t('data.health')}</th>
                    <th className="right wide-cell">{t('data.lastScrape')}</th>
                    <th className="right wide-cell">{t('data.took')}</th>
                    <th className="right wide-cell">{t('data.samples')}</th>
                    <th className="wide-cell">{t('data.error')}</th>
                  </tr>
                </thead>
                <tbody>
                  {targets.map((target) => {
                    const Mark = marks[target.health];
                    const key = `${target.job} ${target.url} ${JSON.stringify(target.labels)}`;
                    return (
                      <Fragment key={key}>
                        <tr>
                          <td>
                            <button
                              type="button"
                              className="text-button"
                              aria-expanded={open === key}
                              title={t('data.relabelling')}
                              onClick={() => setOpen(open === key ? null : key)}
                            >
                              {target.job}
                            </button>
                          </td>
                          <td>
                            <span className="mono break">{target.url}</span>
                            <div className="break tone-error narrow-only">{target.error}</div>
                          </td>
                          <td>
                            <span className={`with-icon ${tones[target.health]}`}>
                              <Mark size={15} aria-hidden />
                              {t(`data.${target.health}`)}
                            </span>
                          </td>
                          <td className="right num wide-cell">
                            {target.lastScrapeMs === null ? t('data.never') : formats.ago(target.lastScrapeMs, nowMs)}
                          </td>
                          <td className="right num wide-cell">
                            {target.lastDurationMs === null ? '–' : formats.duration(target.lastDurationMs)}
                          </td>
                          <td className="right num wide-cell">
                            {target.samples === null ? '–' : formats.integer(target.samples)}
                          </td>
                          <td className="break tone-error wide-cell">{target.error}</td>
                        </tr>
                        {open === key && (
                          <tr>
                            <td colSpan={7}>
                              <RelabelSteps job={target.job} discovered={target.discovered} />
                            </td>
                          </tr>
                        )}
                      </Fragment>
                    );
                  })}
                </tbody>
              </table>
              <NotScraped dropped={dropped} broken={broken} />
            </div>
          )
        }
      </Answered>
    </Panel>
  );
}
