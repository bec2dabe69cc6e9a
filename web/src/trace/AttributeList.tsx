import { IconCopy, IconFilter, IconFilterOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { goTo } from '../url/view.ts';
import { groupedAttributes } from './attributeGroups.ts';
import { traceqlOf } from './traceqlOf.ts';

interface Props {
  readonly title: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly search: string;
  /** Where the pairs stand, when traces can be searched by them. */
  readonly scope?: 'span' | 'resource' | 'event';
}

/** Attributes by what they tell of, those matching the search, with copy and search for traces with or without a pair. */
export function AttributeList({ title, attributes, search, scope }: Props) {
  const { t } = useTranslation();
  const copy = useCopy();
  const groups = groupedAttributes(attributes, search);
  if (groups.length === 0 && search.trim() !== '') return null;
  return (
    <section>
      <h3 className="field-group">{title}</h3>
      {groups.length === 0 && <span className="dim">{t('trace.empty')}</span>}
      {groups.map((group) => (
        <dl key={group.name} className="pairs">
          {groups.length > 1 && <div className="pair-group dim">{group.name || t('trace.otherGroup')}</div>}
          {group.pairs.map(([name, value]) => (
            <div key={name} className="pair">
              <dt>{name}</dt>
              <dd>{value}</dd>
              <span className="pair-tools">
                {scope !== undefined && (
                  <>
                    <IconButton
                      size={20}
                      label={t('trace.filterFor', { pair: `${name}=${value.slice(0, 60)}` })}
                      onClick={() => goTo('/explore/traces', { q: traceqlOf(scope, name, '=', value) })}
                    >
                      <IconFilter size={12} aria-hidden />
                    </IconButton>
                    <IconButton
                      size={20}
                      label={t('trace.filterOut', { pair: `${name}=${value.slice(0, 60)}` })}
                      onClick={() => goTo('/explore/traces', { q: traceqlOf(scope, name, '!=', value) })}
                    >
                      <IconFilterOff size={12} aria-hidden />
                    </IconButton>
                  </>
                )}
                <IconButton
                  size={20}
                  label={t('actions.copy')}
                  onClick={() => copy(`${name}=${value}`, t('actions.copied'))}
                >
                  <IconCopy size={12} aria-hidden />
                </IconButton>
              </span>
            </div>
          ))}
        </dl>
      ))}
    </section>
  );
}
