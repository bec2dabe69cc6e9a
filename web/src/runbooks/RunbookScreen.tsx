import { Button } from '@mantine/core';
import { IconClock } from '@tabler/icons-react';
import type { RunbookAnswer } from '@trilith/contract';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { LabelChips } from '../alerts/labels/LabelChips.tsx';
import { AlertPages } from '../app/AlertPages.tsx';
import { useTitle } from '../app/useTitle.ts';
import { fetchRunbook } from '../data/runbooks.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { around } from '../time/range.ts';
import { useTime } from '../time/TimeContext.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { useView } from '../url/view.ts';
import { LabelForm } from './LabelForm.tsx';
import { ProblemList } from './ProblemList.tsx';
import { RunbookBlocks } from './RunbookBlocks.tsx';
import { givenLabels } from './runbookPath.ts';

const aroundMs = 30 * 60_000;

/** A runbook with its queries answered, for the alert it was opened from. */
export function RunbookScreen({ name }: { readonly name: string }) {
  const view = useView();
  const alert = view.params.get('alert');
  const given = givenLabels(view.params);
  const answer = useAnswer({
    subject: ['runbook', name, alert, given],
    at: [],
    ask: (signal) => fetchRunbook(name, alert, given, signal),
  });
  useTitle(answer.data?.title ?? name);
  return (
    <div className="runbook-screen">
      <AlertPages />
      <Answered answer={answer} height={300}>
        {(runbook) => <Page runbook={runbook} />}
      </Answered>
    </div>
  );
}

function Page({ runbook }: { readonly runbook: RunbookAnswer }) {
  const { t } = useTranslation();
  const { title, blocks, alert, labels, problems, rules } = runbook;
  // The text was not there when the browser looked for the heading.
  useEffect(() => {
    const id = decodeURIComponent(window.location.hash.slice(1));
    if (id !== '') document.getElementById(id)?.scrollIntoView();
  }, []);
  return (
    <article className="runbook panel">
      <div className="runbook-path dim">
        <ScreenLink to="/runbooks">{t('runbooks.title')}</ScreenLink> / {runbook.name}
      </div>
      <h1>{title}</h1>
      {alert !== null && <OpenedFrom alert={alert} />}
      <LabelForm key={JSON.stringify(labels)} labels={labels} />
      <ProblemList problems={problems} />
      <div className="runbook-text">
        <RunbookBlocks blocks={blocks} alert={alert?.fingerprint ?? null} />
      </div>
      <div className="runbook-foot dim">
        {rules.length === 0
          ? t('runbooks.noRules')
          : `${t('runbooks.forRules')}: ${rules.map(({ rule }) => rule).join(', ')}`}
      </div>
    </article>
  );
}

function OpenedFrom({ alert }: { readonly alert: NonNullable<RunbookAnswer['alert']> }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range, nowMs, setRange } = useTime();
  const { labels, annotations, startsAtMs, firing } = alert;
  const { alertname, ...others } = labels;
  const isSeen = startsAtMs >= range.fromMs && startsAtMs <= range.toMs;
  return (
    <div className="runbook-alert" data-firing={firing || undefined} data-severity={labels.severity}>
      <div>
        <strong>{alertname}</strong>{' '}
        <span className={firing ? 'tone-error' : 'dim'}>{t(firing ? 'runbooks.firing' : 'runbooks.over')}</span>{' '}
        <span className="dim num">{formats.ago(startsAtMs, nowMs)}</span>
        {!isSeen && (
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<IconClock size={13} aria-hidden />}
            onClick={() => setRange(around(startsAtMs, aroundMs))}
          >
            {t('runbooks.itsTime')}
          </Button>
        )}
      </div>
      {annotations.summary !== undefined && <div className="break">{annotations.summary}</div>}
      <LabelChips labels={others} />
    </div>
  );
}
