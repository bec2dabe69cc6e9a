import { Autocomplete, Button, TextInput } from '@mantine/core';
import { IconCircleCheck, IconCircleX, IconInfoCircle } from '@tabler/icons-react';
import type { WhyAnswer, WhyHop } from '@trilith/contract';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AlertPages } from '../../app/AlertPages.tsx';
import { useTitle } from '../../app/useTitle.ts';
import { fetchWhy } from '../../data/alertPast.ts';
import { fetchRules } from '../../data/alerts.ts';
import { useFormats } from '../../i18n/format.ts';
import { Panel } from '../../states/Panel.tsx';
import { Answered } from '../../states/States.tsx';
import { useAnswer } from '../../states/useAnswer.ts';
import { parseMoment } from '../../time/range.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { useView } from '../../url/view.ts';
import { labelsOf, readMatchers } from '../labels/matchers.ts';
import { rulePage, ruleQuery } from '../rulePath.ts';

/** Why somebody was, or was not, told of an alert: the way from its samples to a person, hop by hop. */
export function WhyScreen() {
  const { t } = useTranslation();
  const { nowMs, zone } = useTime();
  const { params } = useView();
  useTitle(t('why.title'));
  const alert = params.get('alert') ?? '';
  const written = params.get('labels') ?? '';
  const at = params.get('at') ?? '';
  const receiver = params.get('receiver') ?? '';
  const atMs = at === '' ? null : parseMoment(at, nowMs, zone);
  const labels = labelsOf(readMatchers(written) ?? []) ?? {};
  const answer = useAnswer({
    subject: ['why', alert, written, at, receiver],
    at: atMs === null ? [nowMs] : [],
    ask: (signal) => fetchWhy({ alert, labels, receiver, atMs }, signal),
    enabled: alert !== '',
  });
  return (
    <div className="alerts">
      <AlertPages />
      <div className="screen-head">
        <h1>{t('why.title')}</h1>
      </div>
      <Panel title={t('why.ask')}>
        <WhyForm
          key={`${alert} ${written} ${at} ${receiver}`}
          alert={alert}
          labels={written}
          at={at}
          receiver={receiver}
        />
      </Panel>
      {alert !== '' && (
        <Panel title={alert}>
          <Answered answer={answer} height={160}>
            {(found) => <Verdict found={found} />}
          </Answered>
        </Panel>
      )}
    </div>
  );
}

interface FormProps {
  readonly alert: string;
  readonly labels: string;
  readonly at: string;
  readonly receiver: string;
}

function WhyForm(asked: FormProps) {
  const { t } = useTranslation();
  const { nowMs, zone } = useTime();
  const { set } = useView();
  const formats = useFormats();
  const [fields, setFields] = useState(asked);
  const rules = useAnswer({ subject: ['rules'], at: [], ask: (signal) => fetchRules(signal) });
  const names = [
    ...new Set(
      (rules.data ?? []).flatMap((group) =>
        group.rules.flatMap((rule) => (rule.type === 'alerting' ? [rule.name] : [])),
      ),
    ),
  ];
  const read = readMatchers(fields.labels);
  const wrongLabels = read === null || labelsOf(read) === null;
  const moment = fields.at === '' ? null : parseMoment(fields.at, nowMs, zone);
  const wrongTime = fields.at !== '' && moment === null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    set({ ...fields, alert: fields.alert.trim() });
  };
  return (
    <form className="panel-body why-form" onSubmit={submit}>
      <Autocomplete
        size="xs"
        label={t('alertPast.alertName')}
        value={fields.alert}
        data={names.toSorted()}
        limit={20}
        onChange={(alert) => setFields({ ...fields, alert })}
        data-main-search
      />
      <TextInput
        size="xs"
        label={t('alertPast.labels')}
        placeholder='service="payments-api"'
        value={fields.labels}
        error={wrongLabels ? t('routing.noLabels') : null}
        onChange={(event) => setFields({ ...fields, labels: event.currentTarget.value })}
      />
      <TextInput
        size="xs"
        label={`${t('why.at')}: ${moment === null ? t('why.now') : formats.dateTime(moment)}`}
        placeholder="2026-11-22 03:10, now-2h"
        value={fields.at}
        error={wrongTime ? t('time.invalid') : null}
        onChange={(event) => setFields({ ...fields, at: event.currentTarget.value })}
      />
      <TextInput
        size="xs"
        label={t('why.receiver')}
        placeholder={t('why.anyReceiver')}
        value={fields.receiver}
        onChange={(event) => setFields({ ...fields, receiver: event.currentTarget.value })}
      />
      <Button type="submit" size="sm" disabled={fields.alert.trim() === '' || wrongLabels || wrongTime}>
        {t('why.explain')}
      </Button>
    </form>
  );
}

function Verdict({ found }: { readonly found: WhyAnswer }) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <div className="panel-body">
      <p className={found.paged ? 'tone-ok why-verdict' : 'tone-error why-verdict'}>
        {t(found.paged ? 'why.paged' : 'why.notPaged')} <span className="dim num">{formats.dateTime(found.atMs)}</span>
      </p>
      <p className="strong break">{found.verdict}</p>
      <ol className="why-hops">
        {found.hops.map((hop) => (
          <Hop key={`${hop.hop} ${hop.atMs} ${hop.text}`} hop={hop} />
        ))}
      </ol>
      <div className="alert-links">
        <ScreenLink to={rulePage} with={ruleQuery({ rule: found.alert })}>
          {t('alerts.places.rule')}
        </ScreenLink>
        <ScreenLink to="/alerts/history" with={{ alert: found.alert }}>
          {t('alertPast.title')}
        </ScreenLink>
      </div>
    </div>
  );
}

const icons = { passed: IconCircleCheck, stop: IconCircleX, note: IconInfoCircle } as const;
const tones = { passed: 'tone-ok', stop: 'tone-error', note: 'dim' } as const;

function Hop({ hop: { hop, outcome, text, atMs } }: { readonly hop: WhyHop }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const Icon = icons[outcome];
  return (
    <li className="why-hop" data-outcome={outcome}>
      <span className={tones[outcome]} role="img" aria-label={t(`why.outcomes.${outcome}`)}>
        <Icon size={18} aria-hidden />
      </span>
      <div>
        <strong>{t(`why.hops.${hop}`)}</strong>{' '}
        {atMs !== null && <span className="dim num">{formats.dateTime(atMs)}</span>}
        <div className="break">{text}</div>
      </div>
    </li>
  );
}
