import { IconCopy, IconFilter } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { goTo } from '../url/view.ts';
import { joinAttributes } from '../traces/searchForm.ts';

interface Props {
  readonly title: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly search: string;
  /** Offers "traces with this pair". */
  readonly filterable?: boolean;
}

/** Attributes by name, those matching the search, with copy and filter. */
export function AttributeList({ title, attributes, search, filterable = false }: Props) {
  const { t } = useTranslation();
  const copy = useCopy();
  const wanted = search.trim().toLowerCase();
  const pairs = Object.entries(attributes)
    .filter(([name, value]) => `${name}=${value}`.toLowerCase().includes(wanted))
    .sort(([a], [b]) => a.localeCompare(b));
  if (pairs.length === 0 && wanted !== '') return null;
  return (
    <section>
      <h3 className="field-group">{title}</h3>
      {pairs.length === 0 && <span className="dim">{t('trace.empty')}</span>}
      <dl className="pairs">
        {pairs.map(([name, value]) => (
          <div key={name} className="pair">
            <dt>{name}</dt>
            <dd>{value}</dd>
            <span className="pair-tools">
              {filterable && (
                <IconButton
                  size={20}
                  label={t('trace.filterFor', { pair: `${name}=${value.slice(0, 60)}` })}
                  onClick={() => goTo('/explore/traces', { attr: joinAttributes([`${name}=${value}`]) })}
                >
                  <IconFilter size={12} aria-hidden />
                </IconButton>
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
    </section>
  );
}
