import { IconCopy, IconMinus, IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { LineText } from './LineText.tsx';
import { addCondition, type FieldOrigin } from './refine.ts';

interface Props {
  readonly title: string;
  readonly origin: FieldOrigin;
  readonly pairs: readonly (readonly [string, string])[];
  readonly query: string;
  readonly onRefine: (query: string) => void;
}

/** Fields of the open line, with buttons that filter by them. */
export function FieldPairs({ title, origin, pairs, query, onRefine }: Props) {
  const { t } = useTranslation();
  const copy = useCopy();
  if (pairs.length === 0) return null;
  const refine = (field: string, value: string, negated: boolean): void =>
    onRefine(addCondition(query, { field, origin, value, negated }));
  return (
    <section>
      <h3 className="field-group">{title}</h3>
      <dl className="pairs">
        {pairs.map(([field, value]) => (
          <div key={field} className="pair">
            <dt>{field}</dt>
            <dd>
              {/^trace_?id$/i.test(field) && /^[0-9a-f]{32}$/i.test(value) ? (
                <ScreenLink to={`/trace/${value.toLowerCase()}`}>{value}</ScreenLink>
              ) : (
                <LineText text={value} wanted={[]} whole />
              )}
            </dd>
            <span className="pair-tools">
              <IconButton
                size={20}
                label={t('logs.include', { field, value })}
                onClick={() => refine(field, value, false)}
              >
                <IconPlus size={12} aria-hidden />
              </IconButton>
              <IconButton
                size={20}
                label={t('logs.exclude', { field, value })}
                onClick={() => refine(field, value, true)}
              >
                <IconMinus size={12} aria-hidden />
              </IconButton>
              <IconButton size={20} label={t('actions.copy')} onClick={() => copy(value, t('actions.copied'))}>
                <IconCopy size={12} aria-hidden />
              </IconButton>
            </span>
          </div>
        ))}
      </dl>
    </section>
  );
}
