import { useTranslation } from 'react-i18next';
import { useFormats } from '../../i18n/format.ts';
import { rowClick } from '../../url/rowClick.ts';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { rulePage, ruleQuery } from '../rulePath.ts';
import { Expression } from './Expression.tsx';
import { evaluatedMs, type ListedRule } from './ruleList.ts';

/** Rules as rows: state, name and group, expression, how long it has to hold, and when it was evaluated. */
export function RuleTable({ rules, nowMs }: { readonly rules: readonly ListedRule[]; readonly nowMs: number }) {
  const { t } = useTranslation();
  return (
    <div className="scroll-x">
      <table className="table rule-table">
        <thead>
          <tr>
            <th>{t('alerts.state')}</th>
            <th>{t('alerts.rule')}</th>
            <th className="wide-cell">{t('alerts.expression')}</th>
            <th className="right">{t('alerts.for')}</th>
            <th className="right wide-cell">{t('alertRules.evaluated')}</th>
          </tr>
        </thead>
        <tbody>
          {rules.map((one) => (
            <RuleRow
              key={`${one.group.file} ${one.group.name} ${one.rule.name} ${one.rule.query} ${JSON.stringify(one.rule.labels)}`}
              listed={one}
              nowMs={nowMs}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RuleRow({
  listed: { group, rule, standing },
  nowMs,
}: {
  readonly listed: ListedRule;
  readonly nowMs: number;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const query = ruleQuery({ rule: rule.name, group: group.name, file: group.file });
  const at = evaluatedMs(rule);
  const count = rule.type === 'alerting' ? rule.alerts.length : 0;
  const waits = rule.type === 'alerting' && rule.duration > 0;
  return (
    <tr className="row-link" onClick={rowClick(rulePage, query)}>
      <td>
        <span className="alert-state" data-state={standing}>
          {t(`alertRules.standings.${standing}`)} {count > 1 && <span className="num">{count}</span>}
        </span>
      </td>
      <td className="break alert-name">
        <ScreenLink to={rulePage} with={query}>
          {rule.name}
        </ScreenLink>
        <div className="dim">
          {group.name}
          {rule.labels.severity !== undefined && ` · ${rule.labels.severity}`}
        </div>
      </td>
      <td className="break alert-expression wide-cell">
        <Expression language={rule.language} text={rule.query} />
      </td>
      <td className="right num">{waits ? formats.duration(rule.duration * 1000) : '–'}</td>
      <td className="right num dim wide-cell">{at === null ? '–' : formats.ago(at, nowMs)}</td>
    </tr>
  );
}
