import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { RuleGroups } from '../data/alerts.ts';
import { useFormats } from '../i18n/format.ts';
import { Empty } from '../states/States.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';

type Rule = RuleGroups[number]['rules'][number];
type AlertingRule = Extract<Rule, { readonly type: 'alerting' }>;

const states = ['firing', 'pending', 'unknown', 'inactive'] as const;
const order: readonly string[] = states;
const rankOf = ({ state }: AlertingRule): number => order.indexOf(state);

/** Every alerting rule, those that fire first; rules that cannot be evaluated say why. */
export function Rules({ groups }: { readonly groups: RuleGroups }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const rules = groups.flatMap((group) =>
    group.rules.flatMap((rule) => (rule.type === 'alerting' ? [{ group, rule }] : [])),
  );
  const blind = groups.flatMap(({ rules: of }) => of.filter(({ health }) => health === 'err'));
  if (groups.length === 0)
    return (
      <Empty title={t('alerts.noRules')} height={100}>
        <code>
          rules: {'{'} files: ["rules/*.yml"] {'}'}
        </code>
      </Empty>
    );
  return (
    <>
      {blind.map(({ name, lastError }) => (
        <div key={`${name} ${lastError}`} className="note tone-warning break" role="alert">
          {t('alerts.blind', { name, error: lastError })}
        </div>
      ))}
      <div className="scroll-x">
        <table className="table">
          <thead>
            <tr>
              <th>{t('alerts.state')}</th>
              <th>{t('alerts.rule')}</th>
              <th>{t('alerts.expression')}</th>
              <th className="right">{t('alerts.for')}</th>
            </tr>
          </thead>
          <tbody>
            {rules
              .toSorted((a, b) => rankOf(a.rule) - rankOf(b.rule))
              .map(({ group, rule }) => (
                <tr key={`${group.file} ${group.name} ${rule.name} ${rule.query} ${rule.duration}`}>
                  <td>
                    <span className="alert-state" data-state={rule.state}>
                      {stateText(rule, t)}
                    </span>
                  </td>
                  <td className="break alert-name">
                    {rule.name}
                    <div className="dim">{group.name}</div>
                  </td>
                  <td className="mono break alert-expression">
                    <ScreenLink to="/explore/metrics" with={{ q: rule.query }}>
                      {rule.query}
                    </ScreenLink>
                  </td>
                  <td className="right num">{rule.duration === 0 ? '–' : formats.duration(rule.duration * 1000)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function stateText({ state, alerts }: AlertingRule, t: TFunction): string {
  const known = states.find((one) => one === state) ?? 'unknown';
  return `${t(`alerts.states.${known}`)}${alerts.length > 1 ? ` ${alerts.length}` : ''}`;
}
