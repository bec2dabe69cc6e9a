import { useTranslation } from 'react-i18next';
import { AlertPages } from '../../app/AlertPages.tsx';
import { useTitle } from '../../app/useTitle.ts';
import { fetchRules, type Rule, type RuleGroup } from '../../data/alerts.ts';
import { useFormats } from '../../i18n/format.ts';
import { RunbookOfRule } from '../../runbooks/RunbookLink.tsx';
import { Panel } from '../../states/Panel.tsx';
import { Answered, Empty } from '../../states/States.tsx';
import { useAnswer } from '../../states/useAnswer.ts';
import { useTime } from '../../time/TimeContext.tsx';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { useView } from '../../url/view.ts';
import { LabelChips } from '../labels/LabelChips.tsx';
import { silencePage } from '../links.ts';
import { PastOfRule } from '../past/PastOfRule.tsx';
import { draftPage, draftQuery } from '../rulePath.ts';
import { BacktestPanel } from './BacktestPanel.tsx';
import { draftOf } from './draftRule.ts';
import { Expression } from './Expression.tsx';
import { ProofOfRule } from './ProofOfRule.tsx';
import { evaluatedMs, standingOf } from './ruleList.ts';
import { ThresholdGraph } from './ThresholdGraph.tsx';

/** A rule: what it asks, its value against the threshold, when it fired, whether its page would arrive. */
export function RuleScreen() {
  const { t } = useTranslation();
  const { nowMs } = useTime();
  const { params } = useView();
  const name = params.get('rule') ?? '';
  const only = { rule: name, group: params.get('group') ?? '', file: params.get('file') ?? '' };
  useTitle(name === '' ? t('alertRules.title') : name);
  const answer = useAnswer({ subject: ['rules', only], at: [nowMs], ask: (signal) => fetchRules(signal, only) });
  return (
    <div className="alerts">
      <AlertPages />
      <div className="screen-head">
        <h1>{name}</h1>
        <div className="screen-actions">
          <ScreenLink className="chip" to="/alerts/why" with={{ alert: name }}>
            {t('alerts.places.why')}
          </ScreenLink>
          <ScreenLink className="chip" to={silencePage} with={{ filter: `alertname=${JSON.stringify(name)}` }}>
            {t('alerts.silence')}
          </ScreenLink>
          <ScreenLink className="chip" to="/alerts/rules">
            {t('alertRules.title')}
          </ScreenLink>
        </div>
      </div>
      <Answered answer={answer} height={200}>
        {(groups) => {
          const found = groups.flatMap((group) => group.rules.map((rule) => ({ group, rule })));
          if (found.length === 0)
            return (
              <Empty title={t('alertRules.notLoaded', { name })} height={120}>
                <ScreenLink to="/alerts/rules">{t('alertRules.showAll')}</ScreenLink>
              </Empty>
            );
          return found.map(({ group, rule }) => (
            <RuleParts
              key={`${group.file} ${group.name} ${rule.query} ${JSON.stringify(rule.labels)}`}
              group={group}
              rule={rule}
              nowMs={nowMs}
            />
          ));
        }}
      </Answered>
      <PastOfRule name={name} group={only.group} />
    </div>
  );
}

interface Props {
  readonly group: RuleGroup;
  readonly rule: Rule;
  readonly nowMs: number;
}

function RuleParts({ group, rule, nowMs }: Props) {
  const { t } = useTranslation();
  const standing = standingOf(rule);
  return (
    <>
      {rule.lastError !== '' && (
        <div className="note tone-warning break" role="alert">
          {t('alerts.blind', { error: rule.lastError })}
        </div>
      )}
      <Panel
        title={
          <span className="alert-state" data-state={standing}>
            {t(`alertRules.standings.${standing}`)}
          </span>
        }
        tools={
          <>
            {rule.type === 'alerting' && (
              <ScreenLink className="chip" to={draftPage} with={draftQuery(draftOf(group, rule), rule.language)}>
                {t('alertRules.changeDraft')}
              </ScreenLink>
            )}
            <ScreenLink
              className="chip"
              to={rule.language === 'promql' ? '/explore/metrics' : '/explore/logs'}
              with={{ q: rule.query }}
            >
              {t(rule.language === 'promql' ? 'alertRules.openMetrics' : 'alertRules.openLogs')}
            </ScreenLink>
          </>
        }
      >
        <div className="panel-body">
          <Expression language={rule.language} text={rule.query} />
          <RuleFacts group={group} rule={rule} nowMs={nowMs} />
        </div>
        <ThresholdGraph group={group} rule={rule} />
      </Panel>
      {rule.type === 'alerting' && (
        <>
          <ProofOfRule file={group.file} group={group.name} rule={rule.name} severity={rule.labels.severity ?? ''} />
          <BacktestPanel key={group.name} rules={{ group: group.name, alert: rule.name }} />
        </>
      )}
    </>
  );
}

function RuleFacts({ group, rule, nowMs }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const at = evaluatedMs(rule);
  const seconds = (value: number): string => formats.duration(value * 1000);
  const facts: readonly (readonly [label: string, value: string])[] = [
    ...(rule.type === 'alerting'
      ? [
          [t('alerts.for'), rule.duration === 0 ? '–' : seconds(rule.duration)] as const,
          ...(rule.keepFiringFor > 0 ? [[t('alertRules.keepFiring'), seconds(rule.keepFiringFor)] as const] : []),
        ]
      : []),
    ...(group.interval > 0 ? [[t('alertRules.interval'), seconds(group.interval)] as const] : []),
    [t('alertRules.evaluated'), at === null ? '–' : `${formats.ago(at, nowMs)} (${seconds(rule.evaluationTime)})`],
    [t('alertRules.group'), group.name],
    [t('alertRules.file'), group.file],
  ];
  const annotations = rule.type === 'alerting' ? Object.entries(rule.annotations) : [];
  return (
    <>
      <dl className="rule-facts">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className="num break">{value}</dd>
          </div>
        ))}
      </dl>
      <LabelChips labels={rule.labels} />
      {annotations.length > 0 && (
        <dl className="alert-annotations">
          {annotations.map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="break">{text}</dd>
            </div>
          ))}
        </dl>
      )}
      {rule.type === 'alerting' && <RunbookOfRule file={group.file} group={group.name} rule={rule.name} />}
    </>
  );
}
