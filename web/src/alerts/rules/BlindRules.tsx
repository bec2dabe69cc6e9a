import { useTranslation } from 'react-i18next';
import type { RuleGroups } from '../../data/alerts.ts';
import { ScreenLink } from '../../url/ScreenLink.tsx';
import { rulePage, ruleQuery } from '../rulePath.ts';

const shown = 5;

/** Rules that cannot be evaluated, and why: what they watch is unseen. */
export function BlindRules({ groups }: { readonly groups: RuleGroups }) {
  const { t } = useTranslation();
  const blind = groups.flatMap((group) =>
    group.rules.filter(({ health }) => health === 'err').map((rule) => ({ group, rule })),
  );
  return (
    <>
      {blind.slice(0, shown).map(({ group, rule }) => (
        <div key={`${group.file} ${group.name} ${rule.name} ${rule.query}`} className="note tone-warning" role="alert">
          <span className="break">
            <ScreenLink to={rulePage} with={ruleQuery({ rule: rule.name, group: group.name, file: group.file })}>
              {rule.name}
            </ScreenLink>{' '}
            {t('alerts.blind', { error: rule.lastError })}
          </span>
        </div>
      ))}
      {blind.length > shown && <p className="dim">{t('alerts.moreBlind', { count: blind.length - shown })}</p>}
    </>
  );
}
