import { IconCopy, IconFilter, IconFilterOff, IconPinFilled, IconPinnedOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { goTo } from '../url/view.ts';
import { groupedAttributes } from './attributeGroups.ts';
import { traceqlOf } from './traceqlOf.ts';
import type { Pins } from './usePins.ts';

interface Props {
  readonly title: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly search: string;
  /** Where the pairs stand, when traces can be searched by them. */
  readonly scope?: 'span' | 'resource' | 'event';
  /** Given where attributes can be pinned. */
  readonly pins?: Pins;
}

/** Attributes by what they tell of, those matching the search, with copy and search for traces with or without a pair. */
export function AttributeList({ title, attributes, search, scope, pins }: Props) {
  const { t } = useTranslation();
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
            <AttributePair key={name} name={name} value={value} scope={scope} pins={pins} />
          ))}
        </dl>
      ))}
    </section>
  );
}

interface PinnedProps {
  readonly pins: Pins;
  readonly attributes: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
}

/** The pinned attributes of a span, its own before those of its resource; one it does not have is a dash. */
export function PinnedAttributes({ pins, attributes, resource }: PinnedProps) {
  const { t } = useTranslation();
  if (pins.names.length === 0) return null;
  return (
    <section>
      <h3 className="field-group">{t('trace.pinned')}</h3>
      <dl className="pairs">
        {pins.names.map((name) => {
          const own = Object.hasOwn(attributes, name);
          const value = own ? attributes[name] : Object.hasOwn(resource, name) ? resource[name] : undefined;
          return <AttributePair key={name} name={name} value={value} scope={own ? 'span' : 'resource'} pins={pins} />;
        })}
      </dl>
    </section>
  );
}

interface PairProps {
  readonly name: string;
  /** Undefined for an attribute the span does not have. */
  readonly value: string | undefined;
  readonly scope: Props['scope'] | undefined;
  readonly pins: Pins | undefined;
}

function AttributePair({ name, value, scope, pins }: PairProps) {
  const { t } = useTranslation();
  const copy = useCopy();
  const pinned = pins?.names.includes(name) ?? false;
  return (
    <div className="pair">
      <dt>{name}</dt>
      <dd>{value ?? <span className="dim">–</span>}</dd>
      <span className="pair-tools">
        {pins !== undefined && (
          <IconButton
            size={20}
            label={t(pinned ? 'trace.unpin' : 'trace.pin', { name })}
            active={pinned}
            onClick={() => pins.toggle(name)}
          >
            {pinned ? <IconPinnedOff size={12} aria-hidden /> : <IconPinFilled size={12} aria-hidden />}
          </IconButton>
        )}
        {value !== undefined && scope !== undefined && (
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
        {value !== undefined && (
          <IconButton size={20} label={t('actions.copy')} onClick={() => copy(`${name}=${value}`, t('actions.copied'))}>
            <IconCopy size={12} aria-hidden />
          </IconButton>
        )}
      </span>
    </div>
  );
}
